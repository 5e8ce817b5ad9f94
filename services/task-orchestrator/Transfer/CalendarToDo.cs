using Deepiri.TaskOrchestrator.Recurrence;
using Deepiri.TaskOrchestrator.Tasks;
using Ical.Net.CalendarComponents;
using Ical.Net.DataTypes;
using NodaTime;
using Duration = Ical.Net.DataTypes.Duration;

namespace Deepiri.TaskOrchestrator.Transfer;

/// <summary>A to-do of a calendar as a task. What cannot be read, or has no place in a task, is left out and listed as a doubt.</summary>
internal sealed class CalendarToDo
{
    private static readonly string[] s_values = ["COMPLETED", "CREATED", "DTSTART", "DUE", "DURATION", "EXDATE", "PRIORITY", "RECURRENCE-ID", "RRULE"];
    private static readonly string[] s_unknown = ["EXRULE", "RDATE"];
    private static readonly string[] s_relations = ["PARENT", "CHILD", "DEPENDS-ON"];

    private readonly Todo _todo;
    private readonly DateTimeZone _zone;
    private readonly List<string> _doubts = [];

    /// <exception cref="FormatException">It cannot be read at all; the message is for the user.</exception>
    public CalendarToDo(IReadOnlyList<string> lines, DateTimeZone zone, CalendarZones zones)
    {
        _zone = zone;
        _todo = CalendarText.Read<Todo>("VTODO", [.. lines.Select(zones.Resolve)], _doubts);
        _doubts.AddRange(_todo.Properties.Where(p => s_values.Contains(p.Name) && p.Value is null).Select(p => $"{p.Name} cannot be read."));
        _doubts.AddRange(_todo.Properties.Where(p => s_unknown.Contains(p.Name)).Select(p => $"{p.Name} has no place in a task."));
        // Ical.Net makes up a UID where there is none.
        var hasUid = CalendarText.Own(lines).Any(l => l.StartsWith("UID:", StringComparison.OrdinalIgnoreCase) || l.StartsWith("UID;", StringComparison.OrdinalIgnoreCase));
        Task = Read(hasUid ? _todo.Uid : null);
    }

    public TransferTask Task { get; private set; }

    /// <summary>What is wrong; null when all is well.</summary>
    public string? Doubts => _doubts.Count > 0 ? string.Join(' ', _doubts.Distinct().Take(20)) : null;

    /// <summary>The uids of the to-dos that name this one as their parent by a relation of its own.</summary>
    public IReadOnlyList<string> Children => [.. Related("CHILD")];

    /// <summary>The to-do of a series in whose place this one stands, by when it starts there; null for a to-do of its own.</summary>
    public CalDateTime? Replaces => _todo.RecurrenceIdentifier?.StartTime;

    /// <summary>Makes it a part of another to-do, unless it names its parent itself.</summary>
    public void ComesUnder(string? parent) => Task = Task with { Parent = Task.Parent ?? parent };

    /// <summary>Makes an occurrence that stands for itself of one that is told apart by RECURRENCE-ID.</summary>
    public void Detach() => Task = Task with { Uid = $"{Task.Uid}/{Moment(Replaces!, "RECURRENCE-ID"):yyyyMMdd'T'HHmmss'Z'}", Recurrence = null, Series = null };

    /// <summary>Leaves out of its series the occurrences that other to-dos stand for, and goes on to the first that is left.</summary>
    /// <exception cref="FormatException">None is left; the message is for the user.</exception>
    public void LeaveOut(IEnumerable<CalDateTime> starts)
    {
        if (Task is not { Recurrence: { } recurrence, Due: { } due })
            return;
        var zone = Zones.Get(recurrence.TimeZone!);
        var except = (recurrence.Except ?? []).Concat(starts.Select(s => DueOf(s, due, zone))).Distinct().Order().ToList();
        if (except.Count > RecurrenceRequest.MaxExcept)
        {
            _doubts.Add($"Only the last {RecurrenceRequest.MaxExcept} occurrences that are left out are kept.");
            except = except[^RecurrenceRequest.MaxExcept..];
        }
        if (except.Contains(due) && Task.Status != TaskState.Done)
            due = Occurrences.Of(RuleText.Parse(recurrence.Rule!), recurrence.Start!.Value, zone).Cast<DateTimeOffset?>().FirstOrDefault(o => o > due && !except.Contains(o.Value))
                ?? throw new FormatException("Other to-dos stand for all of its occurrences.");
        Task = Task with { Due = due, Recurrence = recurrence with { Except = except is [] ? null : except } };
    }

    private TransferTask Read(string? uid)
    {
        var due = Part("DUE", Due);
        var status = _todo.Status?.ToUpperInvariant();
        if (status == "CANCELLED")
            _doubts.Add("It is cancelled in the calendar, which a task cannot be: it is open here.");
        if (_todo.RecurrenceIdentifier?.Range == RecurrenceRange.ThisAndFuture)
            _doubts.Add("RANGE=THISANDFUTURE has no place in a task: only this occurrence is another one.");
        foreach (var type in _todo.Properties.Where(p => p.Name == "RELATED-TO").Select(TypeOf).Where(t => !s_relations.Contains(t)))
            _doubts.Add($"RELTYPE={type} has no place in a task.");
        return new TransferTask(
            uid, InOneLine(_todo.Summary), _todo.Description, due,
            _todo.Priority switch { 0 or 5 => TaskPriority.Medium, 1 or 2 => TaskPriority.Urgent, 3 or 4 => TaskPriority.High, _ => TaskPriority.Low },
            Part(ICalendarTasks.Estimate, () => Own(ICalendarTasks.Estimate) is { } estimate ? (int?)DurationOf(estimate).TotalMinutes : null),
            Tags(),
            status switch { "COMPLETED" => TaskState.Done, "IN-PROCESS" => TaskState.InProgress, null when _todo.Completed is not null => TaskState.Done, _ => TaskState.Todo },
            Part("CREATED", () => Moment(_todo.Created, "CREATED")), Part("COMPLETED", () => Moment(_todo.Completed, "COMPLETED")),
            Related("PARENT").FirstOrDefault(), [.. Related("DEPENDS-ON")],
            Part("RRULE", () => Recurrence(due)), Own(ICalendarTasks.Series),
            due is null ? [] : [.. _todo.Alarms.Select(a => Part("TRIGGER", () => Before(a, due.Value))).OfType<int>().Distinct()]);
    }

    /// <summary>A part of the task, or null and a doubt.</summary>
    private T? Part<T>(string name, Func<T?> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException)
        {
            _doubts.Add(e is FormatException ? $"{name}: {e.Message}" : $"{name} cannot be read.");
            return default;
        }
    }

    private DateTimeOffset? Due()
    {
        if (Own(ICalendarTasks.DueUtc) is { } utc)
            return Moment(new CalDateTime(utc), ICalendarTasks.DueUtc);
        if (_todo.Due is not null)
            return Moment(_todo.Due, "DUE");
        return _todo.Duration is { } duration ? Moment(_todo.DtStart?.Add(duration), "DTSTART") : _todo.RecurrenceRule is null ? null : Moment(_todo.DtStart, "DTSTART");
    }

    private RecurrenceRequest? Recurrence(DateTimeOffset? due)
    {
        if (_todo.RecurrenceRule is not { } read)
            return null;
        if (due is not { } first)
            throw new FormatException(TaskRules.NeedsDue);
        var zone = ZoneOf(_todo.Due is null ? _todo.DtStart : _todo.Due, _todo.Due is null ? "DTSTART" : "DUE");
        var text = read.ToString()!;
        var rule = RuleText.Parse(text);
        var apart = Zones.Local(first, zone) - StartOf(first, zone);
        if (apart != TimeSpan.Zero && (rule.ByHour.Count + rule.ByMinute.Count + rule.BySecond.Count > 0
            || (Zones.Local(first, zone).Date != StartOf(first, zone).Date && rule.ByDay.Count + rule.ByMonthDay.Count + rule.ByYearDay.Count + rule.ByWeekNo.Count + rule.ByMonth.Count > 0)))
            _doubts.Add("The rule is about DTSTART there and about the due date here.");
        // The last start is not the last due date.
        if (rule.Until is not null && apart > TimeSpan.Zero)
            text = RuleText.EndingAt(text, Occurrences.End(rule.Until, zone) + apart);
        var except = _todo.ExceptionDates.GetAllDates().Select(d => DueOf(d, first, zone)).Distinct().Order().ToList();
        return new RecurrenceRequest(text, zone.Id, Moment(Own(ICalendarTasks.SeriesStart) is { } start ? new CalDateTime(start) : null, ICalendarTasks.SeriesStart) ?? first, except is [] ? null : except);
    }

    /// <summary>When an occurrence is due that is named by its start.</summary>
    private DateTimeOffset DueOf(CalDateTime start, DateTimeOffset due, DateTimeZone zone)
    {
        var (localDue, localStart) = (Zones.Local(due, zone), StartOf(due, zone));
        var local = start.HasTime ? Zones.Local(Moment(start, "EXDATE")!.Value, zone) + (localDue - localStart) : start.Value.Date + (localDue.Date - localStart.Date) + localDue.TimeOfDay;
        return LocalTimes.In(local, zone);
    }

    /// <summary>When the to-do starts; where it does not say, when it is due.</summary>
    private DateTime StartOf(DateTimeOffset due, DateTimeZone zone) => _todo.DtStart switch
    {
        { HasTime: true } start => Zones.Local(Moment(start, "DTSTART")!.Value, zone),
        { } day => day.Value.Date + Zones.Local(due, zone).TimeOfDay,
        null => Zones.Local(due, zone),
    };

    /// <summary>How many minutes before the task is due an alarm rings; null for one that rings after it.</summary>
    private int? Before(Alarm alarm, DateTimeOffset due)
    {
        var trigger = alarm.Trigger ?? throw new FormatException("An alarm without a time that can be read.");
        var rings = trigger.DateTime is { } at ? Moment(at, "TRIGGER")!.Value
            : (trigger.Related == "END" ? due : Moment(_todo.DtStart, "DTSTART") ?? due) + trigger.Duration!.Value.ToTimeSpanUnspecified();
        if (rings > due)
            _doubts.Add("A task has no alarm after it is due.");
        return rings > due ? null : (int)(due - rings).TotalMinutes;
    }

    private List<string> Tags()
    {
        var all = _todo.Categories.Select(c => InOneLine(c)!.Trim()).Where(t => t.Length > 0).ToList();
        var tags = all.Where(t => t.Length <= TaskRules.LongestTag).Take(TaskRules.MostTags).ToList();
        if (tags.Count < all.Count)
            _doubts.Add($"CATEGORIES: a task has at most {TaskRules.MostTags} tags of {TaskRules.LongestTag} characters; the others are left out.");
        return tags;
    }

    private static string? InOneLine(string? text) => text is null ? null : string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));

    private string? Own(string name) => _todo.Properties.Get<string>(name);

    private static TimeSpan DurationOf(string text) => Duration.Parse(text)?.ToTimeSpanUnspecified() ?? throw new FormatException($"'{text}' is not a duration such as PT30M.");

    private IEnumerable<string> Related(string type) => _todo.Properties.Where(p => p.Name == "RELATED-TO" && TypeOf(p) == type).Select(p => p.Value as string).OfType<string>();

    private static string TypeOf(Ical.Net.ICalendarProperty relation) => (relation.Parameters.Get("RELTYPE") ?? "PARENT").ToUpperInvariant();

    private DateTimeOffset? Moment(CalDateTime? time, string name) => time is null ? null
        : time.IsUtc ? new DateTimeOffset(time.Value, TimeSpan.Zero)
        : time.HasTime ? LocalTimes.In(time.Value, ZoneOf(time, name)) : LocalTimes.EndOf(time.Value, ZoneOf(time, name));

    private DateTimeZone ZoneOf(CalDateTime? time, string name) =>
        // Ical.Net drops the zone of a day, which says when that day is over.
        (time?.TzId ?? _todo.Properties.FirstOrDefault(p => p.Name == name)?.Parameters.Get("TZID")) is { Length: > 0 } id ? Zones.Get(id) : _zone;
}
