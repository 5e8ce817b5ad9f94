namespace Deepiri.TaskOrchestrator.Recurrence;

/// <summary>How a task recurs, and which occurrence it is.</summary>
/// <param name="Rule">An RRULE of iCalendar without its name.</param>
/// <param name="TimeZone">Where it is meant: an IANA name.</param>
/// <param name="Start">When the first occurrence is due.</param>
/// <param name="SeriesId">What the occurrences have in common.</param>
/// <param name="Number">Which one the task is, from 1.</param>
/// <param name="PreviousId">The task of the occurrence before; null for the first.</param>
internal sealed record TaskRecurrence(string Rule, string TimeZone, DateTimeOffset Start, string SeriesId, int Number, string? PreviousId)
{
    /// <summary>The occurrences after a number, with their numbers.</summary>
    public IEnumerable<(int Number, DateTimeOffset Due)> After(int number) =>
        Occurrences.Of(RecurrenceRule.Parse(Rule), Start, TimeZoneInfo.FindSystemTimeZoneById(TimeZone)).Select((due, i) => (i + 1, due)).Skip(number);

    /// <summary>What the user wants: the same rule goes on with its series, another one begins a new series at the due date.</summary>
    public static TaskRecurrence? Of(RecurrenceRequest? wanted, TaskRecurrence? present, DateTimeOffset? due)
    {
        if (wanted is null)
            return null;
        var rule = wanted.Rule!.StartsWith("RRULE:", StringComparison.OrdinalIgnoreCase) ? wanted.Rule[6..] : wanted.Rule;
        var zone = wanted.TimeZone ?? present?.TimeZone ?? "UTC";
        var start = (wanted.Start ?? due)!.Value.ToUniversalTime();
        return present is not null && present.Rule == rule && present.TimeZone == zone && (wanted.Start is null || wanted.Start == present.Start)
            ? present
            : new TaskRecurrence(rule, zone, start, Guid.NewGuid().ToString(), NumberOf(rule, zone, start, due!.Value), null);
    }

    /// <summary>Which occurrence a task that is due then is: the last one that is not after it.</summary>
    private static int NumberOf(string rule, string zone, DateTimeOffset start, DateTimeOffset due) =>
        Math.Max(1, Occurrences.Of(RecurrenceRule.Parse(rule), start, TimeZoneInfo.FindSystemTimeZoneById(zone)).TakeWhile(o => o <= due).Count());
}

/// <summary>How a task is to recur.</summary>
/// <param name="Rule">An RRULE of iCalendar (RFC 5545), for example <c>FREQ=WEEKLY;BYDAY=MO,TH</c>.</param>
/// <param name="TimeZone">Where it is meant: an IANA name; UTC by default.</param>
/// <param name="Start">When the first occurrence is due; the task's due date by default.</param>
internal sealed record RecurrenceRequest(string? Rule, string? TimeZone, DateTimeOffset? Start);
