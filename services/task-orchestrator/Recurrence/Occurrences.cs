using Deepiri.ServiceDefaults.Http;
using Ical.Net;
using Ical.Net.DataTypes;
using Ical.Net.Evaluation;
using NodaTime;

namespace Deepiri.TaskOrchestrator.Recurrence;

/// <summary>The moments that a rule names.</summary>
internal static class Occurrences
{
    /// <summary>A daily rule that names no day for fifty years names none at all, or one that nobody will see.</summary>
    private static readonly EvaluationOptions s_options = new() { MaxUnmatchedIncrementsLimit = 50 * 366 };

    /// <summary>
    /// All occurrences in order. The start is the first one, whether the rule names it or not, and each has its time of day in the zone: over
    /// a change of the clocks nine o'clock stays nine o'clock.
    /// </summary>
    public static IEnumerable<DateTimeOffset> Of(RecurrenceRule rule, DateTimeOffset start, DateTimeZone zone)
    {
        var last = start.ToUniversalTime();
        yield return last;
        var end = rule.Until is { } until ? End(until, zone) : DateTimeOffset.MaxValue;
        var number = 1;
        foreach (var local in Locals(rule, new CalDateTime(Zones.Local(start, zone))).TakeWhile(l => l.Year < TextRules.LastYear))
        {
            // A time that the clocks skip can become the next one's moment.
            var moment = Zones.Moment(local, zone);
            if (moment <= last)
                continue;
            if (moment > end || ++number > rule.Count)
                yield break;
            yield return last = moment;
        }
    }

    /// <summary>The last moment at which a rule that ends with a time, or with a day, has an occurrence.</summary>
    public static DateTimeOffset End(CalDateTime until, DateTimeZone zone)
    {
        if (until.IsUtc)
            return new DateTimeOffset(until.Value, TimeSpan.Zero);
        return Zones.Moment(until.HasTime ? until.Value : until.Value.Date.AddDays(1).AddSeconds(-1), zone);
    }

    /// <summary>The times that a rule names on the clock, without an end.</summary>
    private static IEnumerable<DateTime> Locals(RecurrenceRule rule, CalDateTime start)
    {
        var endless = new RecurrenceRule();
        endless.CopyFrom(rule);
        (endless.Until, endless.Count) = (null, null);
        // Ical.Net 5.2 looks for the days of the month of a yearly rule in the month of its start alone.
        if (rule is { Frequency: FrequencyType.Yearly, ByMonth.Count: 0, ByMonthDay.Count: > 0, ByYearDay.Count: 0, ByWeekNo.Count: 0 })
            endless.ByMonth = [.. Enumerable.Range(1, 12)];
        using var times = new RecurrencePatternEvaluator(endless).Evaluate(start, null, s_options).GetEnumerator();
        while (HasNext(times))
            yield return times.Current.StartTime.Value;
    }

    private static bool HasNext(IEnumerator<Ical.Net.DataTypes.Period> times)
    {
        try
        {
            return times.MoveNext();
        }
        catch (Exception e) when (e is EvaluationLimitExceededException or EvaluationOutOfRangeException)
        {
            return false;
        }
    }
}
