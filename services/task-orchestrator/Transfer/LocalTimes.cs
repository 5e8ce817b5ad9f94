using System.Globalization;

namespace Deepiri.TaskOrchestrator.Transfer;

/// <summary>Times as files have them: with an offset, or as a clock on the wall shows them.</summary>
internal static class LocalTimes
{
    private static readonly string[] s_days = ["yyyy-MM-dd", "yyyyMMdd"];

    /// <summary>A time by ISO 8601; a day alone is over at its end.</summary>
    /// <exception cref="FormatException">Names the field.</exception>
    public static DateTimeOffset? Parse(string field, string? text, TimeZoneInfo zone)
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
    public static DateTimeOffset EndOf(DateTime day, TimeZoneInfo zone) => In(day.AddDays(1).AddSeconds(-1), zone);

    /// <summary>A time on the wall; one that the clocks skip becomes what it would have been before the change.</summary>
    public static DateTimeOffset In(DateTime local, TimeZoneInfo zone) => new(local, zone.GetUtcOffset(local));
}
