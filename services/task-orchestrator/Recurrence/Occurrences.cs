using Deepiri.ServiceDefaults.Http;

namespace Deepiri.TaskOrchestrator.Recurrence;

/// <summary>The moments that a rule names.</summary>
internal static class Occurrences
{
    /// <summary>A rule that names no day for this long names none at all, or one that nobody will see.</summary>
    private const int YearsToLook = 50;

    /// <summary>
    /// All occurrences in order. The start is the first one, whether the rule names its day or not, and each has its time of day in the
    /// zone: over a change of the clocks nine o'clock stays nine o'clock. A time that the clocks skip becomes what it would have been before
    /// the change, and of one that comes twice the first is meant (RFC 5545, section 3.3.5).
    /// </summary>
    public static IEnumerable<DateTimeOffset> Of(RecurrenceRule rule, DateTimeOffset start, TimeZoneInfo zone)
    {
        yield return start.ToUniversalTime();
        var local = TimeZoneInfo.ConvertTime(start, zone).DateTime;
        var first = DateOnly.FromDateTime(local);
        var time = TimeOnly.FromDateTime(local);
        var number = 1;
        foreach (var day in Days(rule, first).Where(d => d > first))
        {
            var at = day.ToDateTime(time);
            var moment = Moment(at, zone);
            if (day.Year >= TextRules.LastYear || ++number > rule.Count || rule.Until?.IsBefore(at, moment) == true)
                yield break;
            yield return moment;
        }
    }

    private static IEnumerable<DateOnly> Days(RecurrenceRule rule, DateOnly start)
    {
        var last = start;
        for (var period = 0; ; period++)
        {
            if (Begin(rule, start, period) is not { } begin || begin.Year - last.Year > YearsToLook)
                yield break;
            foreach (var day in Chosen(rule, [.. InPeriod(rule, start, begin).Where(d => rule.Months.Count == 0 || rule.Months.Contains(d.Month))]))
                yield return last = day;
        }
    }

    /// <summary>The first day of a period; null past the end of the calendar.</summary>
    private static DateOnly? Begin(RecurrenceRule rule, DateOnly start, int period)
    {
        var steps = (long)period * rule.Interval;
        var (days, months) = rule.Frequency switch
        {
            Frequency.Daily => (steps, 0L),
            Frequency.Weekly => ((7 * steps) - ((start.DayOfWeek - rule.WeekStart + 7) % 7), 0L),
            Frequency.Monthly => (1L - start.Day, steps),
            _ => (1L - start.DayOfYear, 12 * steps),
        };
        var first = start.DayNumber + days;
        if (first < 0 || first > DateOnly.MaxValue.DayNumber - 366)
            return null;
        var begin = DateOnly.FromDayNumber((int)first);
        return (begin.Year * 12L) + months >= 9999 * 12L ? null : begin.AddMonths((int)months);
    }

    /// <summary>The days of a period that the rule names, in order.</summary>
    private static IEnumerable<DateOnly> InPeriod(RecurrenceRule rule, DateOnly start, DateOnly begin) => rule.Frequency switch
    {
        Frequency.Daily => new[] { begin }.Where(d => (rule.Days.Count == 0 || rule.Days.Any(r => r.Day == d.DayOfWeek)) && (rule.MonthDays.Count == 0 || IsNamed(rule.MonthDays, d))),
        Frequency.Weekly => Enumerable.Range(0, 7).Select(begin.AddDays).Where(d => rule.Days.Count == 0 ? d.DayOfWeek == start.DayOfWeek : rule.Days.Any(r => r.Day == d.DayOfWeek)),
        Frequency.Monthly => InMonth(rule, start, begin),
        _ => Enumerable.Range(0, 12).Select(begin.AddMonths).Where(m => rule.Months.Count > 0 || rule.MonthDays.Count > 0 || m.Month == start.Month).SelectMany(m => InMonth(rule, start, m)),
    };

    private static IEnumerable<DateOnly> InMonth(RecurrenceRule rule, DateOnly start, DateOnly month) =>
        Enumerable.Range(0, DateTime.DaysInMonth(month.Year, month.Month)).Select(month.AddDays).Where(d =>
            rule.MonthDays.Count == 0 && rule.Days.Count == 0 ? d.Day == start.Day
            : (rule.MonthDays.Count == 0 || IsNamed(rule.MonthDays, d)) && (rule.Days.Count == 0 || rule.Days.Any(r => IsDay(r, d))));

    private static bool IsNamed(IReadOnlyList<int> monthDays, DateOnly day) => monthDays.Contains(day.Day) || monthDays.Contains(day.Day - DateTime.DaysInMonth(day.Year, day.Month) - 1);

    private static bool IsDay(RuleDay named, DateOnly day) => named.Day == day.DayOfWeek && named.Ordinal switch
    {
        null => true,
        > 0 and var n => (day.Day + 6) / 7 == n,
        var n => (DateTime.DaysInMonth(day.Year, day.Month) - day.Day + 7) / 7 == -n,
    };

    private static IEnumerable<DateOnly> Chosen(RecurrenceRule rule, List<DateOnly> days) =>
        rule.SetPositions.Count == 0 ? days : days.Where((_, i) => rule.SetPositions.Contains(i + 1) || rule.SetPositions.Contains(i - days.Count));

    /// <summary>The moment of a time on the wall.</summary>
    public static DateTimeOffset Moment(DateTime local, TimeZoneInfo zone)
    {
        if (zone.IsAmbiguousTime(local))
            return new DateTimeOffset(local, zone.GetAmbiguousTimeOffsets(local).Max()).ToUniversalTime();
        var valid = local;
        while (zone.IsInvalidTime(valid))
            valid = valid.AddMinutes(-15);
        return new DateTimeOffset(local, zone.GetUtcOffset(valid)).ToUniversalTime();
    }
}
