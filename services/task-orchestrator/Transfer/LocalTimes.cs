using System.Globalization;
using Deepiri.TaskOrchestrator.Recurrence;
using NodaTime;

namespace Deepiri.TaskOrchestrator.Transfer;

/// <summary>Times as files have them: with an offset, or as a clock on the wall shows them.</summary>
internal static class LocalTimes
{
    private static readonly string[] s_days = ["yyyy-MM-dd", "yyyyMMdd"];
    private static readonly string[] s_times = [.. from separator in "T " from time in new[] { "HH:mm", "HH:mm:ss", "HH:mm:ss.FFFFFFF" } select $"yyyy-MM-dd'{separator}'{time}K"];

    /// <summary>A time by ISO 8601, because others are read differently in different countries; a day alone is over at its end.</summary>
    /// <exception cref="FormatException">It is not one; the message is for the user.</exception>
    public static DateTimeOffset? Parse(string? text, DateTimeZone zone)
    {
        if (text is null)
            return null;
        if (DateTime.TryParseExact(text, s_days, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return EndOf(day, zone);
        if (!DateTime.TryParseExact(text, s_times, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var at))
            throw new FormatException($"'{text}' is not a day such as 2026-03-05 or a time such as 2026-03-05T17:00:00Z.");
        return at.Kind == DateTimeKind.Unspecified ? In(at, zone) : DateTimeOffset.ParseExact(text, s_times, CultureInfo.InvariantCulture);
    }

    /// <summary>The last second of a day.</summary>
    public static DateTimeOffset EndOf(DateTime day, DateTimeZone zone) => In(day.Date.AddSeconds((24 * 60 * 60) - 1), zone);

    /// <summary>A time on the wall, as <see cref="Zones.Moment"/> understands it.</summary>
    /// <exception cref="FormatException">When it is so early or late that one cannot calculate with it.</exception>
    public static DateTimeOffset In(DateTime local, DateTimeZone zone) =>
        local.Year is > 1 and < 9999 ? Zones.Moment(local, zone) : throw new FormatException($"The year {local.Year} is too far away.");
}
