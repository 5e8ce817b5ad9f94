namespace Deepiri.TaskOrchestrator.Recurrence;

/// <summary>How a task recurs, and which occurrence it is.</summary>
/// <param name="Rule">An RRULE of iCalendar without its name.</param>
/// <param name="TimeZone">Where it is meant: an IANA name.</param>
/// <param name="Start">When the first occurrence is due.</param>
/// <param name="SeriesId">What the occurrences have in common.</param>
/// <param name="Number">Which one the task is, from 1.</param>
/// <param name="PreviousId">The task of the occurrence before; null for the first.</param>
/// <param name="Except">Occurrences that are left out, by when they would be due; null for none.</param>
internal sealed record TaskRecurrence(
    string Rule, string TimeZone, DateTimeOffset Start, string SeriesId, int Number, string? PreviousId, IReadOnlyList<DateTimeOffset>? Except = null)
{
    /// <summary>The occurrences after a number, with their numbers. One that is left out keeps its number.</summary>
    public IEnumerable<(int Number, DateTimeOffset Due)> After(int number) =>
        Occurrences.Of(RuleText.Parse(Rule), Start, Zones.Get(TimeZone)).Select((due, i) => (i + 1, due)).Skip(number).Where(o => Except?.Contains(o.due) != true);

    /// <summary>What the user wants: the same rule goes on with its series, another one begins a new series at the due date.</summary>
    public static TaskRecurrence? Of(RecurrenceRequest? wanted, TaskRecurrence? present, DateTimeOffset? due)
    {
        if (wanted is null)
            return null;
        var rule = RuleText.WithoutName(wanted.Rule!);
        var zone = wanted.TimeZone ?? present?.TimeZone ?? "UTC";
        var start = (wanted.Start ?? due)!.Value.ToUniversalTime();
        var isSame = present is not null && present.Rule == rule && present.TimeZone == zone && (wanted.Start is null || wanted.Start == present.Start);
        var series = isSame ? present! : new TaskRecurrence(rule, zone, start, Guid.NewGuid().ToString(), NumberOf(rule, zone, start, due!.Value), null);
        return wanted.Except is null ? series : series with { Except = wanted.Except is [] ? null : [.. wanted.Except.Select(e => e.ToUniversalTime()).Distinct().Order()] };
    }

    /// <summary>Which occurrence a task that is due then is: the last one that is not after it.</summary>
    private static int NumberOf(string rule, string zone, DateTimeOffset start, DateTimeOffset due) =>
        Math.Max(1, Occurrences.Of(RuleText.Parse(rule), start, Zones.Get(zone)).TakeWhile(o => o <= due).Count());
}

/// <summary>How a task is to recur.</summary>
/// <param name="Rule">An RRULE of iCalendar (RFC 5545), for example <c>FREQ=WEEKLY;BYDAY=MO,TH</c>.</param>
/// <param name="TimeZone">Where it is meant: an IANA name; UTC by default.</param>
/// <param name="Start">When the first occurrence is due; the task's due date by default.</param>
/// <param name="Except">Occurrences to leave out, by when they would be due; at most 500. By default those of the series it has.</param>
internal sealed record RecurrenceRequest(string? Rule, string? TimeZone, DateTimeOffset? Start, IReadOnlyList<DateTimeOffset>? Except = null)
{
    public const int MaxExcept = 500;
}
