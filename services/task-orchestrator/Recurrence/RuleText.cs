using System.Text.RegularExpressions;
using Ical.Net;
using Ical.Net.DataTypes;

namespace Deepiri.TaskOrchestrator.Recurrence;

/// <summary>Reads the recurrence rules of iCalendar (RFC 5545, section 3.3.10) that tasks can have: those that repeat daily or less often.</summary>
internal static partial class RuleText
{
    private const int MaxLength = 200;
    private const int MaxInterval = 1000;
    private const int MaxCount = 10_000;
    private const int MaxTimesADay = 24;

    private static readonly string[] s_frequencies = ["DAILY", "WEEKLY", "MONTHLY", "YEARLY"];

    /// <summary>Reads a rule, with or without "RRULE:" before it.</summary>
    /// <exception cref="FormatException">The rule is not valid; the message is for the user.</exception>
    public static RecurrenceRule Parse(string text)
    {
        if (text.Length > MaxLength)
            throw new FormatException($"A rule has at most {MaxLength} characters.");
        text = WithoutName(text);
        var parts = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        // Some programs write a semicolon after the last part.
        foreach (var part in text.Split(';').Where((p, i) => i == 0 || p.Length > 0))
        {
            var (name, value) = part.Split('=') is [var left, var right] ? (left, right) : throw NotAPart(part);
            if (!parts.TryAdd(name, value))
                throw new FormatException($"{name} is there twice.");
            if (name.Equals("FREQ", StringComparison.OrdinalIgnoreCase) ? !s_frequencies.Contains(value, StringComparer.OrdinalIgnoreCase) : Read($"FREQ=DAILY;{part}") is null)
                throw NotAPart(part);
        }
        if (!parts.ContainsKey("FREQ"))
            throw new FormatException($"FREQ is needed: {string.Join(", ", s_frequencies)}.");
        var rule = Read(text) ?? throw new FormatException("COUNT or UNTIL, not both.");
        if (parts.ContainsKey("UNTIL") && rule.Until is not { Year: > 1 })
            throw new FormatException("UNTIL is a day such as 20261231 or a moment such as 20261231T170000Z.");
        return Fault(rule) is { } fault ? throw new FormatException(fault) : rule;
    }

    /// <summary>The rule without "RRULE:" before it.</summary>
    public static string WithoutName(string text) => text.StartsWith("RRULE:", StringComparison.OrdinalIgnoreCase) ? text[6..] : text;

    /// <summary>A rule that ends with a moment, as it has to where its start has a zone (section 3.3.10).</summary>
    public static string EndingAt(string rule, DateTimeOffset end) => Until().Replace(rule, $"UNTIL={end.UtcDateTime:yyyyMMdd'T'HHmmss'Z'}");

    private static FormatException NotAPart(string part) => new($"'{part}' is not a valid part of a rule, as FREQ=WEEKLY or BYDAY=MO,TH are. FREQ is one of {string.Join(", ", s_frequencies)}.");

    private static RecurrenceRule? Read(string text)
    {
        try
        {
            return new RecurrenceRule(text);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            return null;
        }
    }

    private static string? Fault(RecurrenceRule rule)
    {
        if (rule.Interval > MaxInterval)
            return $"INTERVAL is at most {MaxInterval}.";
        if (rule.Count > MaxCount)
            return $"COUNT is at most {MaxCount}.";
        if (rule.ByDay.Any(d => d.Offset is 0 or < -53 or > 53))
            return "BYDAY numbers its days from 1 to 53, or from -1 to -53, as in 1MO or -1FR.";
        if (rule.ByDay.Any(d => d.Offset is not null) && (rule.Frequency is not (FrequencyType.Monthly or FrequencyType.Yearly) || rule.ByWeekNo.Count > 0))
            return "Only MONTHLY rules, and YEARLY rules without BYWEEKNO, number their days, as in 1MO or -1FR.";
        if (rule.ByMonthDay.Count > 0 && rule.Frequency == FrequencyType.Weekly)
            return "A WEEKLY rule has no BYMONTHDAY.";
        if (rule.ByYearDay.Count + rule.ByWeekNo.Count > 0 && rule.Frequency != FrequencyType.Yearly)
            return "Only YEARLY rules have BYYEARDAY or BYWEEKNO.";
        if (rule.BySetPosition.Count > 0 && rule.ByDay.Count + rule.ByMonthDay.Count + rule.ByYearDay.Count + rule.ByWeekNo.Count + rule.ByMonth.Count + TimesADay(rule) <= 1)
            return "BYSETPOS chooses among what another part, such as BYDAY, names.";
        return TimesADay(rule) > MaxTimesADay ? $"At most {MaxTimesADay} times a day." : null;
    }

    private static int TimesADay(RecurrenceRule rule) =>
        new[] { rule.ByHour, rule.ByMinute, rule.BySecond }.Aggregate(1, (times, named) => times * Math.Max(1, named.Distinct().Count()));

    [GeneratedRegex("UNTIL=[^;]*", RegexOptions.IgnoreCase, 100)]
    private static partial Regex Until();
}
