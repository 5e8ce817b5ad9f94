using System.Globalization;
using Deepiri.TaskOrchestrator.Recurrence;
using NodaTime;

namespace Deepiri.TaskOrchestrator.Transfer;

/// <summary>Times as files have them: with an offset, or as a clock on the wall shows them.</summary>
internal static class LocalTimes
{
    private static readonly string[] s_days = ["yyyy-MM-dd", "yyyyMMdd"];

    /// <summary>A time by ISO 8601; a day alone is over at its end.</summary>
    /// <exception cref="FormatException">Names the field.</exception>
    public static DateTimeOffset? Parse(string field, string? text, DateTimeZone zone)
    {
        if (text is null)
            return null;
        if (DateTime.TryParseExact(text, s_days, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return EndOf(day, zone);
        if (!DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var at))
            throw new FormatException($"{field}: '{text}' is not a time such as 2026-03-05T17:00:00Z.");
        return at.Kind == DateTimeKind.Unspecified ? In(at, zone) : DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
    }

    /// <summary>The last second of a day.</summary>
    public static DateTimeOffset EndOf(DateTime day, DateTimeZone zone) => In(day.Date.AddSeconds((24 * 60 * 60) - 1), zone);

    /// <summary>A time on the wall, as <see cref="Zones.Moment"/> understands it.</summary>
    /// <exception cref="FormatException">When it is so early or late that one cannot calculate with it.</exception>
    public static DateTimeOffset In(DateTime local, DateTimeZone zone) =>
        local.Year is > 1 and < 9999 ? Zones.Moment(local, zone) : throw new FormatException($"The year {local.Year} is too far away.");
}
