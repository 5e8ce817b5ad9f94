using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Deepiri.TaskOrchestrator.Recurrence;
using Deepiri.TaskOrchestrator.Tasks;
using Ical.Net;
using Ical.Net.CalendarComponents;
using Ical.Net.DataTypes;
using Ical.Net.Serialization;
using NodaTime;
using Duration = Ical.Net.DataTypes.Duration;

namespace Deepiri.TaskOrchestrator.Transfer;

/// <summary>To-dos of iCalendar (RFC 5545; relations by RFC 9253). Events and journals are refused by name.</summary>
internal sealed partial class ICalendarTasks : ITaskFormat
{
    internal const string Estimate = "ESTIMATED-DURATION";
    internal const string Series = "X-DEEPIRI-SERIES";
    internal const string SeriesStart = "X-DEEPIRI-SERIES-START";

    /// <summary>The due date in UTC, where the local time comes twice and the second is meant.</summary>
    internal const string DueUtc = "X-DEEPIRI-DUE";

    public string ContentType => "text/calendar";

    public string Extension => "ics";

    public async Task WriteAsync(Stream output, IAsyncEnumerable<TransferTask> tasks, CancellationToken cancellationToken)
    {
        await using var writer = new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true);
        await writer.WriteAsync("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Deepiri//Tasks//EN\r\n");
        var defined = new HashSet<string>(StringComparer.Ordinal) { DateTimeZone.Utc.Id };
        await foreach (var task in tasks.WithCancellation(cancellationToken))
        {
            if (task.Recurrence is { } recurrence && Zones.Get(recurrence.TimeZone!) is var zone && defined.Add(zone.Id))
                await writer.WriteAsync(Text(CalendarZones.Define(zone, task.Due!.Value)));
            await writer.WriteAsync(Text(ToDo(task)));
        }
        await writer.WriteAsync("END:VCALENDAR\r\n");
    }

    public async Task<IReadOnlyList<(TransferTask? Task, string? Fault)>> ReadAsync(Stream input, DateTimeZone zone, CancellationToken cancellationToken)
    {
        using var file = new MemoryStream();
        await input.CopyToAsync(file, cancellationToken);
        return CalendarReader.Read(file.GetBuffer().AsSpan(0, (int)file.Length), zone);
    }

    private static string Text(ICalendarComponent component) => new ComponentSerializer().SerializeToString(component)!;

    private static Todo ToDo(TransferTask t)
    {
        var todo = new Todo
        {
            Uid = t.Uid,
            DtStamp = Utc(t.CreatedAt!.Value),
            Created = Utc(t.CreatedAt.Value),
            Summary = t.Title,
            Description = t.Description is null ? null : Controls().Replace(t.Description, " "),
            Priority = t.Priority switch { TaskPriority.Urgent => 1, TaskPriority.High => 3, TaskPriority.Low => 9, _ => 5 },
            Categories = [.. t.Tags ?? []],
            Due = t.Due is { } due ? Utc(due) : null,
        };
        if (t.Recurrence is { } recurrence)
            Recur(todo, t, recurrence, Zones.Get(recurrence.TimeZone!));
        if (t.EstimateMinutes is { } minutes)
            todo.AddProperty(Estimate, Duration.FromMinutes(minutes).ToString()!);
        // Ical.Net would set the time of completion itself with Todo.Status.
        todo.AddProperty("STATUS", t.Status switch { TaskState.Done => "COMPLETED", TaskState.InProgress => "IN-PROCESS", _ => "NEEDS-ACTION" });
        todo.Completed = t.CompletedAt is { } completed ? Utc(completed) : null;
        foreach (var (type, uid) in (t.DependsOn ?? []).Select(on => ("DEPENDS-ON", on)).Prepend(("PARENT", t.Parent!)).Where(r => r.Item2 is not null))
        {
            var related = new CalendarProperty("RELATED-TO", uid);
            related.AddParameter("RELTYPE", type);
            todo.Properties.Add(related);
        }
        foreach (var before in t.Reminders ?? [])
        {
            var trigger = new Trigger(Duration.FromMinutes(-before));
            trigger.Parameters.Set("RELATED", "END");
            todo.Alarms.Add(new Alarm { Action = "DISPLAY", Description = t.Title, Trigger = trigger });
        }
        return todo;
    }

    private static void Recur(Todo todo, TransferTask t, RecurrenceRequest recurrence, DateTimeZone zone)
    {
        var due = t.Due!.Value;
        var local = Zones.Local(due, zone);
        var rule = RuleText.Parse(recurrence.Rule!);
        // A rule counts from DTSTART, which has to lie before DUE: on the same day if there is room. A rule with times of day names DTSTART itself.
        var room = rule.ByHour.Count + rule.ByMinute.Count + rule.BySecond.Count > 0 ? TimeSpan.Zero
            : TimeSpan.FromMinutes(Math.Max(1, Math.Min(t.EstimateMinutes ?? 1, (int)local.TimeOfDay.TotalMinutes)));
        CalDateTime At(DateTime time) => new(time, zone.Id == DateTimeZone.Utc.Id ? CalDateTime.UtcTzId : zone.Id);
        todo.DtStart = At(local - room);
        todo.Due = room == TimeSpan.Zero ? null : At(local);
        if (Zones.Moment(local, zone) != due)
            todo.AddProperty(DueUtc, Text(due));
        foreach (var left in recurrence.Except ?? [])
            todo.ExceptionDates.Add(At(Zones.Local(left, zone) - room));
        // UNTIL is of the type of DTSTART: a moment in UTC when that has a zone.
        todo.RecurrenceRule = rule.Until is null ? rule : RuleText.Parse(RuleText.EndingAt(recurrence.Rule!, Occurrences.End(rule.Until, zone) - room));
        // Where the series began is told by names of ours, because this to-do is one of its tasks.
        todo.AddProperty(SeriesStart, Text(recurrence.Start!.Value));
        if (t.Series is not null)
            todo.AddProperty(Series, t.Series);
    }

    private static CalDateTime Utc(DateTimeOffset at) => new(at.UtcDateTime, CalDateTime.UtcTzId);

    private static string Text(DateTimeOffset at) => at.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    [GeneratedRegex("[\\x00-\\x08\\x0B-\\x1F\\x7F]+", RegexOptions.None, 1000)]
    private static partial Regex Controls();
}
