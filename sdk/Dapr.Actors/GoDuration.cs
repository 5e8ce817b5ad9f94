using System.Globalization;
using System.Text.RegularExpressions;

namespace Dapr.Actors;

/// <summary>Durations as Go writes them.</summary>
internal static partial class GoDuration
{
    /// <summary>Reads <c>1h2m3.5s</c>; what has no unit that is known counts nothing.</summary>
    public static TimeSpan Parse(string text)
    {
        var sum = TimeSpan.Zero;
        foreach (Match part in Part().Matches(text))
        {
            var number = double.Parse(part.Groups[1].Value, CultureInfo.InvariantCulture);
            sum += part.Groups[2].Value switch
            {
                "h" => TimeSpan.FromHours(number),
                "m" => TimeSpan.FromMinutes(number),
                "s" => TimeSpan.FromSeconds(number),
                _ => TimeSpan.FromMilliseconds(number),
            };
        }
        return sum;
    }

    [GeneratedRegex(@"(\d+(?:\.\d+)?)(h|ms|m|s)")]
    private static partial Regex Part();
}
