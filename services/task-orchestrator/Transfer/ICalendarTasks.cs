using System.Globalization;
using System.Text;
using System.Xml;
using Deepiri.TaskOrchestrator.Recurrence;
using Deepiri.TaskOrchestrator.Tasks;

namespace Deepiri.TaskOrchestrator.Transfer;

/// <summary>
/// To-dos of iCalendar (RFC 5545; relations by RFC 9253). Time zones are named by their IANA names, without a VTIMEZONE that spells them
/// out, as RFC 7809 has it. Events, journals and what else a calendar has are passed over.
/// </summary>
internal sealed class ICalendarTasks : ITaskFormat
{
    private const string Estimate = "ESTIMATED-DURATION";
    private const string Series = "X-DEEPIRI-SERIES";
    private const string SeriesStart = "X-DEEPIRI-SERIES-START";

    private static readonly TimeSpan s_longest = TimeSpan.FromDays(36_500);

    public string ContentType => "text/calendar";

    public string Extension => "ics";

    public async Task WriteAsync(Stream output, IAsyncEnumerable<TransferTask> tasks, CancellationToken cancellationToken)
    {
        await using var writer = new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true);
        await writer.WriteAsync("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Deepiri//Tasks//EN\r\n");
        await foreach (var task in tasks.WithCancellation(cancellationToken))
        {
            foreach (var (name, value) in Lines(task))
                await writer.WriteAsync(ContentLine.Write(name, value));
        }
        await writer.WriteAsync("END:VCALENDAR\r\n");
    }

    private static IEnumerable<(string Name, string Value)> Lines(TransferTask t)
    {
        yield return ("BEGIN", "VTODO");
        yield return ("UID", ContentLine.Escape(t.Uid!));
        yield return ("DTSTAMP", Utc(t.CreatedAt!.Value));
        yield return ("CREATED", Utc(t.CreatedAt.Value));
        yield return ("SUMMARY", ContentLine.Escape(t.Title!));
        if (t.Description is not null)
            yield return ("DESCRIPTION", ContentLine.Escape(t.Description));
        if (t.Recurrence is { } recurrence)
        {
            // A to-do that recurs needs a start before its due date, on the same day if there is room. When the series began is told by a name of ours.
            var local = TimeZoneInfo.ConvertTime(t.Due!.Value, TimeZoneInfo.FindSystemTimeZoneById(recurrence.TimeZone!));
            var room = Math.Max(1, Math.Min(t.EstimateMinutes ?? 1, (int)local.TimeOfDay.TotalMinutes));
            yield return ($"DTSTART;TZID={recurrence.TimeZone}", Local(t.Due!.Value.AddMinutes(-room), recurrence.TimeZone!));
            yield return (SeriesStart, Utc(recurrence.Start!.Value));
            if (t.Series is not null)
                yield return (Series, ContentLine.Escape(t.Series));
            yield return ($"DUE;TZID={recurrence.TimeZone}", Local(t.Due!.Value, recurrence.TimeZone!));
            yield return ("RRULE", recurrence.Rule!);
        }
        else if (t.Due is { } due)
            yield return ("DUE", Utc(due));
        yield return ("PRIORITY", t.Priority switch { TaskPriority.Urgent => "1", TaskPriority.High => "3", TaskPriority.Low => "9", _ => "5" });
        if (t.EstimateMinutes is { } minutes)
            yield return (Estimate, XmlConvert.ToString(TimeSpan.FromMinutes(minutes)));
        if (t.Tags is { Count: > 0 } tags)
            yield return ("CATEGORIES", string.Join(',', tags.Select(ContentLine.Escape)));
        yield return ("STATUS", t.Status switch { TaskState.Done => "COMPLETED", TaskState.InProgress => "IN-PROCESS", _ => "NEEDS-ACTION" });
        if (t.CompletedAt is { } completed)
            yield return ("COMPLETED", Utc(completed));
        if (t.Parent is not null)
            yield return ("RELATED-TO;RELTYPE=PARENT", ContentLine.Escape(t.Parent));
        foreach (var on in t.DependsOn ?? [])
            yield return ("RELATED-TO;RELTYPE=DEPENDS-ON", ContentLine.Escape(on));
        foreach (var before in t.Reminders ?? [])
        {
            yield return ("BEGIN", "VALARM");
            yield return ("ACTION", "DISPLAY");
            yield return ("DESCRIPTION", ContentLine.Escape(t.Title!));
            yield return ("TRIGGER;RELATED=END", $"-PT{before}M");
            yield return ("END", "VALARM");
        }
        yield return ("END", "VTODO");
    }

    public async Task<IReadOnlyList<(TransferTask? Task, string? Fault)>> ReadAsync(Stream input, TimeZoneInfo zone, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(input, Encoding.UTF8);
        var lines = ContentLine.Read(await reader.ReadToEndAsync(cancellationToken)).ToList();
        if (lines is not [{ Name: "BEGIN", Value: "VCALENDAR" }, ..])
            throw new FormatException("A calendar begins with BEGIN:VCALENDAR.");
        var tasks = new List<(TransferTask?, string?)>();
        for (var i = 0; i < lines.Count; i++)
        {
            if (lines[i] is not { Name: "BEGIN", Value: "VTODO" })
                continue;
            if (tasks.Count >= ITaskFormat.Most)
                throw ITaskFormat.TooMany();
            var end = lines.FindIndex(i, l => l is { Name: "END", Value: "VTODO" });
            if (end < 0)
                throw new FormatException("A VTODO has no end.");
            try
            {
                tasks.Add((ToDo(lines[(i + 1)..end], zone), null));
            }
            catch (FormatException e)
            {
                tasks.Add((null, e.Message));
            }
            i = end;
        }
        return tasks;
    }

    private static TransferTask ToDo(List<ContentLine> lines, TimeZoneInfo zone)
    {
        var (own, depth) = (new List<ContentLine>(), 0);
        foreach (var line in lines)
        {
            // What stands in an alarm is the alarm's.
            depth += line.Name == "BEGIN" ? 1 : 0;
            if (depth == 0)
                own.Add(line);
            depth -= line.Name == "END" ? 1 : 0;
        }
        ContentLine? Line(string name) => own.Find(l => l.Name == name);
        string? Text(string name) => Line(name) is { } line ? string.Join(',', ContentLine.Unescape(line.Value)) : null;
        var due = Time(Line("DUE"), zone);
        return new TransferTask(
            Text("UID"), Text("SUMMARY"), Text("DESCRIPTION"), due,
            Line("PRIORITY")?.Value switch { null or "0" or "5" => TaskPriority.Medium, "1" or "2" => TaskPriority.Urgent, "3" or "4" => TaskPriority.High, _ => TaskPriority.Low },
            Line(Estimate) is { } estimate ? (int)Duration(estimate).TotalMinutes : null,
            [.. own.Where(l => l.Name == "CATEGORIES").SelectMany(l => ContentLine.Unescape(l.Value)).Where(t => t.Length > 0)],
            Line("STATUS")?.Value.ToUpperInvariant() switch { "COMPLETED" or "CANCELLED" => TaskState.Done, "IN-PROCESS" => TaskState.InProgress, _ => TaskState.Todo },
            Time(Line("CREATED"), zone), Time(Line("COMPLETED"), zone),
            Related(own, "PARENT").FirstOrDefault(), [.. Related(own, "DEPENDS-ON")],
            Line("RRULE") is { } rule ? new RecurrenceRequest(rule.Value, ZoneOf(Line("DUE"), zone).Id, Time(Line(SeriesStart), zone) ?? due) : null,
            Text(Series),
            due is null ? [] : [.. lines.Where(l => l.Name == "TRIGGER").Select(l => Before(l, due.Value, zone)).OfType<int>().Distinct()]);
    }

    private static IEnumerable<string> Related(List<ContentLine> lines, string type) =>
        lines.Where(l => l.Name == "RELATED-TO" && (l.Parameters.GetValueOrDefault("RELTYPE") ?? "PARENT").Equals(type, StringComparison.OrdinalIgnoreCase)).Select(l => string.Join(',', ContentLine.Unescape(l.Value)));

    /// <summary>How many minutes before the task is due an alarm rings; null for one that rings after it.</summary>
    private static int? Before(ContentLine trigger, DateTimeOffset due, TimeZoneInfo zone)
    {
        var before = trigger.Parameters.GetValueOrDefault("VALUE") == "DATE-TIME" ? due - Time(trigger, zone)!.Value : TimeSpan.Zero - Duration(trigger);
        return before >= TimeSpan.Zero && before.TotalMinutes < int.MaxValue ? (int)before.TotalMinutes : null;
    }

    private static TimeSpan Duration(ContentLine line)
    {
        try
        {
            // Weeks are iCalendar's own.
            var text = line.Value.TrimStart('+');
            var duration = text.EndsWith('W') && text.IndexOf('P', StringComparison.Ordinal) is >= 0 and var p && int.TryParse(text[(p + 1)..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var weeks) && weeks < 10_000
                ? TimeSpan.FromDays(7 * weeks * (text[0] == '-' ? -1 : 1)) : XmlConvert.ToTimeSpan(text);
            return duration > -s_longest && duration < s_longest ? duration : throw new FormatException();
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            throw new FormatException($"{line.Name}: '{line.Value}' is not a duration such as PT30M.", e);
        }
    }

    private static DateTimeOffset? Time(ContentLine? line, TimeZoneInfo zone)
    {
        if (line is null)
            return null;
        var isUtc = line.Value.EndsWith('Z');
        if (DateTime.TryParseExact(line.Value, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return LocalTimes.EndOf(day, ZoneOf(line, zone));
        return !DateTime.TryParseExact(isUtc ? line.Value[..^1] : line.Value, "yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture, DateTimeStyles.None, out var at) ? throw new FormatException($"{line.Name}: '{line.Value}' is not a time such as 20260305T170000Z.")
            : isUtc ? new DateTimeOffset(at, TimeSpan.Zero) : LocalTimes.In(at, ZoneOf(line, zone));
    }

    private static TimeZoneInfo ZoneOf(ContentLine? line, TimeZoneInfo otherwise) => line?.Parameters.GetValueOrDefault("TZID") is not { } id ? line?.Value.EndsWith('Z') == true ? TimeZoneInfo.Utc : otherwise
        : TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone) ? zone : throw new FormatException($"{line.Name}: the time zone '{id}' is not known.");

    private static string Utc(DateTimeOffset at) => at.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    private static string Local(DateTimeOffset at, string zone) => TimeZoneInfo.ConvertTime(at, TimeZoneInfo.FindSystemTimeZoneById(zone)).ToString("yyyyMMdd'T'HHmmss", CultureInfo.InvariantCulture);
}
