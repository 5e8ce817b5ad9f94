using System.Globalization;
using System.Text.RegularExpressions;

namespace Deepiri.Cyrex.TaskUnderstanding.Phrases;

/// <summary>How long something takes: <c>2h</c>, <c>1h30</c>, <c>90 min</c>, <c>half an hour</c>, <c>1.5 hours</c>.</summary>
internal static partial class Duration
{
    private const int Longest = 60 * 24 * 365;

    /// <summary>Minutes and how sure that is; null when the text has no duration.</summary>
    public static Sure<int>? Take(Sentence sentence) =>
        sentence.Take(Hours(), "estimate", m => Minutes(Number(m.Groups[1]) * 60 + (m.Groups[2].Success ? Number(m.Groups[2]) : 0)))
        ?? sentence.Take(OnlyMinutes(), "estimate", m => Minutes(Number(m.Groups[1])))
        ?? sentence.Take(Words(), "estimate", m => Minutes(m.Groups[1].Value.ToLowerInvariant() switch { "half an" => 30, "quarter of an" => 15, _ => 60 }));

    private static Sure<int>? Minutes(double minutes) => minutes is >= 1 and <= Longest ? new Sure<int>((int)Math.Round(minutes), 0.95) : null;

    private static double Number(Group digits) => double.Parse(digits.Value.Replace(',', '.'), CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?:\b(?:for|about|approx\.?|takes|est\.?|ca\.?)\s+|~\s*)?\b([0-9]{1,4}(?:[.,][0-9]{1,2})?)\s?(?:h|hr|hrs|hour|hours)(?:\s?([0-9]{1,2})(?:\s?(?:m|min|mins|minutes))?)?\b(?:\s+long)?", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Hours();

    [GeneratedRegex(@"(?:\b(?:for|about|approx\.?|takes|est\.?|ca\.?)\s+|~\s*)?\b([0-9]{1,5})\s?(?:m|min|mins|minute|minutes)\b(?:\s+long)?", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex OnlyMinutes();

    [GeneratedRegex(@"\b(?:for\s+|about\s+)?(half an|quarter of an|an)\s+hour\b", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Words();
}
