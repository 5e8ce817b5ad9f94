using System.Globalization;
using Deepiri.ServiceDefaults.Http;

namespace Deepiri.TaskOrchestrator.Recurrence;

internal enum Frequency
{
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

/// <summary>A weekday of a rule; with an ordinal that one of the month, from its end when negative.</summary>
internal readonly record struct RuleDay(int? Ordinal, DayOfWeek Day);

/// <summary>
/// A recurrence rule of iCalendar (RFC 5545, section 3.3.10): FREQ=DAILY, WEEKLY, MONTHLY or YEARLY with INTERVAL, COUNT, UNTIL, BYDAY, BYMONTHDAY,
/// BYMONTH, BYSETPOS and WKST. Recurring by the hour and counting weeks or days of a year are refused.
/// </summary>
/// <param name="Until">The last moment; without an offset when the rule gives it in local time.</param>
internal sealed record RecurrenceRule(Frequency Frequency, int Interval, int? Count, RuleEnd? Until, IReadOnlyList<RuleDay> Days, IReadOnlyList<int> MonthDays, IReadOnlyList<int> Months, IReadOnlyList<int> SetPositions, DayOfWeek WeekStart)
{
    public const int Longest = 200;

    private const int LongestInterval = 1000;
    private const int HighestCount = 10_000;

    private static readonly string[] s_days = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];
    private static readonly string[] s_parts = ["FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"];

    /// <summary>Reads a rule.</summary>
    /// <exception cref="FormatException">Says what is wrong with it, for the user.</exception>
    public static RecurrenceRule Parse(string text)
    {
        if (text.Length > Longest)
            throw new FormatException($"A rule has {Longest} characters at most.");
        var parts = Split(text.StartsWith("RRULE:", StringComparison.OrdinalIgnoreCase) ? text[6..] : text);
        var frequency = Words<Frequency>.Find(parts.GetValueOrDefault("FREQ")?.ToLowerInvariant() ?? "") ?? throw new FormatException("FREQ is DAILY, WEEKLY, MONTHLY or YEARLY.");
        var rule = new RecurrenceRule(
            frequency,
            parts.TryGetValue("INTERVAL", out var interval) ? Number("INTERVAL", interval, 1, LongestInterval) : 1,
            parts.TryGetValue("COUNT", out var count) ? Number("COUNT", count, 1, HighestCount) : null,
            parts.TryGetValue("UNTIL", out var until) ? RuleEnd.Parse(until) : null,
            [.. List(parts, "BYDAY").Select(Day).Distinct()],
            Numbers(parts, "BYMONTHDAY", 31, canBeNegative: true),
            Numbers(parts, "BYMONTH", 12, canBeNegative: false),
            Numbers(parts, "BYSETPOS", 366, canBeNegative: true),
            parts.TryGetValue("WKST", out var start) ? Day(start) is { Ordinal: null, Day: var day } ? day : throw new FormatException("WKST is a weekday.") : DayOfWeek.Monday);
        return rule.Fault() is { } fault ? throw new FormatException(fault) : rule;
    }

    private string? Fault()
    {
        if (Count is not null && Until is not null)
            return "COUNT or UNTIL, not both.";
        if (Days.Any(d => d.Ordinal is not null) && Frequency is not (Frequency.Monthly or Frequency.Yearly))
            return "Only MONTHLY and YEARLY rules number their days, as 1MO or -1FR.";
        if (Frequency == Frequency.Yearly && Days.Count > 0 && Months.Count == 0)
            return "A YEARLY rule with BYDAY needs BYMONTH.";
        if (Frequency == Frequency.Weekly && MonthDays.Count > 0)
            return "A WEEKLY rule has no BYMONTHDAY.";
        if (SetPositions.Count > 0 && (Frequency == Frequency.Daily || (Days.Count == 0 && MonthDays.Count == 0)))
            return "BYSETPOS chooses among the days that BYDAY or BYMONTHDAY name, in a WEEKLY, MONTHLY or YEARLY rule.";
        return null;
    }

    private static Dictionary<string, string> Split(string text)
    {
        var parts = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var part in text.Split(';'))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            var name = equals > 0 ? part[..equals].ToUpperInvariant() : part;
            if (equals <= 0 || !s_parts.Contains(name))
                throw new FormatException($"'{part}' is not a part of a rule that is known here: {string.Join(", ", s_parts)}.");
            if (!parts.TryAdd(name, part[(equals + 1)..]))
                throw new FormatException($"{name} is there twice.");
        }
        return parts;
    }

    private static string[] List(Dictionary<string, string> parts, string name) => parts.TryGetValue(name, out var value) ? value.Split(',') : [];

    private static int[] Numbers(Dictionary<string, string> parts, string name, int most, bool canBeNegative) =>
        [.. List(parts, name).Select(n => Number(name, n, canBeNegative ? -most : 1, most) is not 0 and var number ? number : throw new FormatException($"{name} has no 0.")).Distinct().Order()];

    private static int Number(string name, string text, int least, int most) =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number : throw new FormatException($"{name} has numbers between {least} and {most}.");

    private static RuleDay Day(string text)
    {
        var day = text.Length >= 2 ? Array.IndexOf(s_days, text[^2..].ToUpperInvariant()) : -1;
        if (day < 0)
            throw new FormatException($"'{text}' is not a weekday: {string.Join(", ", s_days)}.");
        return new RuleDay(text.Length == 2 ? null : Number("BYDAY", text[..^2], -5, 5) is not 0 and var ordinal ? ordinal : throw new FormatException("BYDAY has no 0."), (DayOfWeek)day);
    }
}

/// <summary>Where a rule ends: at a moment, or with a day or a moment of local time.</summary>
internal readonly record struct RuleEnd(DateTime At, bool IsUtc, bool IsDate)
{
    public static RuleEnd Parse(string text)
    {
        if (DateTime.TryParseExact(text, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return new RuleEnd(day, false, true);
        var isUtc = text.EndsWith('Z');
        return DateTime.TryParseExact(isUtc ? text[..^1] : text, "yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture, DateTimeStyles.None, out var at) ? new RuleEnd(at, isUtc, false)
            : throw new FormatException("UNTIL is a day such as 20261231 or a moment such as 20261231T170000Z.");
    }

    /// <summary>Whether an occurrence lies behind the end.</summary>
    public bool IsBefore(DateTime local, DateTimeOffset moment) => IsUtc ? moment.UtcDateTime > At : IsDate ? local.Date > At : local > At;
}
