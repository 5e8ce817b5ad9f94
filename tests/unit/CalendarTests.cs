using System.Globalization;
using System.Text;
using Deepiri.TaskOrchestrator.Recurrence;
using Deepiri.TaskOrchestrator.Tasks;
using Deepiri.TaskOrchestrator.Transfer;
using NodaTime;

namespace Deepiri.UnitTests;

/// <summary>Calendars as other programs write them (the files in Calendars/), and as others read ours.</summary>
public sealed class CalendarTests
{
    private static readonly DateTimeZone s_berlin = Zones.Get("Europe/Berlin");

    /// <param name="said">A part of what is said of it; empty for nothing.</param>
    [Theory]
    [InlineData("fold-in-utf8", "Feier 🎉 Party", null, "")]
    [InlineData("cr-only", "CR only", null, "")]
    [InlineData("lower-case-names", "lower case", null, "")]
    [InlineData("newline-in-summary", "Line one line two", null, "")]
    [InlineData("custom-vtimezone", "custom zone", "2027-03-10T08:00:00Z", "")]
    [InlineData("dtstart-duration", "dur", "2027-03-10T10:00:00Z", "")]
    [InlineData("dtstart-rrule-no-due", "rec", "2027-03-10T08:00:00Z", "")]
    [InlineData("rrule-trailing-semicolon", "trail", "2027-03-10T08:00:00Z", "")]
    [InlineData("rrule-byhour", "byhour", "2027-03-10T08:00:00Z", "")]
    [InlineData("trigger-related-start", "alarm", "2027-03-10T10:00:00Z", "")]
    [InlineData("long-category", "ca", null, "CATEGORIES")]
    [InlineData("cancelled", "cancelled", null, "cancelled")]
    [InlineData("exdate", "exdate", "2027-03-10T08:00:00Z", "")]
    public void Calendars_of_other_programs_are_read(string file, string title, string? due, string said)
    {
        var (task, fault) = Assert.Single(ReadFile(file));
        Assert.Equal((title, due), (task!.Title, task.Due?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)));
        Assert.Equal(said.Length > 0, fault is not null);
        Assert.Contains(said, fault ?? "");
    }

    [Fact]
    public void Their_parts_keep_their_meaning()
    {
        Assert.Equal(["2027-03-10", "2027-03-12", "2027-03-13", "2027-03-14"], DaysOf(Single("exdate")));
        Assert.Equal(["2027-03-10", "2027-03-17", "2027-03-24"], DaysOf(Single("dtstart-rrule-no-due")).Take(3));
        Assert.Equal(["2027-03-10", "2027-03-11"], DaysOf(Single("rrule-byhour")).Take(2));
        Assert.Equal([135], Single("trigger-related-start").Reminders!);
        Assert.Equal(TaskState.Todo, Single("cancelled").Status);
        Assert.Equal(["A"], Single("long-category").Tags!);
        Assert.Equal([null, "p"], ReadFile("reltype-child").Select(r => r.Task!.Parent));
    }

    /// <summary>A line that cannot be read in an event costs that event, which is not brought in anyway.</summary>
    [Fact]
    public void A_line_that_cannot_be_read_costs_only_its_part()
    {
        Assert.Equal([null, "good"], ReadFile("bad-line-in-other-component").Select(r => r.Task?.Title));
        var (task, fault) = Assert.Single(Read("BEGIN:VTODO\nUID:1\nSUMMARY:T\nrubbish\nDUE:20271340T000000Z\nPRIORITY:high\nBEGIN:VALARM\nTRIGGER:soon\nEND:VALARM\nEND:VTODO\n"));
        Assert.Equal(("T", null), (task!.Title, task.Due));
        Assert.All(["rubbish", "DUE:2027134", "PRIORITY"], part => Assert.Contains(part, fault));
        Assert.Equal([(null, "The to-do has no END:VTODO."), ("B", null)], Read("BEGIN:VTODO\nSUMMARY:A\nBEGIN:VTODO\nSUMMARY:B\nEND:VTODO\n").Select(r => (r.Task?.Title, r.Fault)));
    }

    /// <summary>Thunderbird writes what was done of a series as a to-do with the same UID and a RECURRENCE-ID.</summary>
    [Fact]
    public void An_occurrence_of_its_own_is_left_out_of_its_series()
    {
        var read = ReadFile("recurrence-id").Select(r => r.Task!).ToList();
        Assert.Equal([("f19", TaskState.Todo), ("f19/20260310T070000Z", TaskState.Done)], read.Select(t => (t.Uid, t.Status!.Value)));
        Assert.Equal(["2026-03-11", "2026-03-12"], DaysOf(read[0]).Take(2));
        Assert.Null(read[1].Recurrence);
    }

    [Theory]
    [InlineData("TZID=W. Europe Standard Time", "08:00")]
    [InlineData("TZID=/mozilla.org/20050126_1/Europe/Berlin", "08:00")]
    [InlineData("TZID=\"Eastern Standard Time\"", "14:00")]
    [InlineData("TZID=America/Argentina/Buenos_Aires", "12:00")]
    public void Zones_have_many_names(string zone, string due) =>
        Assert.Equal(due, $"{Assert.Single(Read($"BEGIN:VTODO\nSUMMARY:T\nDUE;{zone}:20270310T090000\nRRULE:FREQ=DAILY\nEND:VTODO\n")).Task!.Due!.Value.UtcDateTime:HH:mm}");

    [Fact]
    public void A_zone_that_nothing_defines_costs_its_to_do() =>
        Assert.Equal([(null, "DUE: the time zone '(UTC+01:00) Berlin' is not known."), ("B", null)],
            Read("BEGIN:VTODO\nSUMMARY:A\nDUE;TZID=\"(UTC+01:00) Berlin\":20270310T090000\nEND:VTODO\nBEGIN:VTODO\nSUMMARY:B\nEND:VTODO\n").Select(r => (r.Task?.Title, r.Fault)));

    /// <summary>Every zone is written so that each of its changes until 2045 comes out when its VTIMEZONE is read under a name that says nothing.</summary>
    [Fact]
    public async Task Every_zone_that_is_written_is_read_by_its_definition()
    {
        foreach (var id in DateTimeZoneProviders.Tzdb.Ids)
        {
            foreach (var day in new[] { "2026-01-15", "2027-07-15", "2029-10-30" })
            {
                var due = Zones.Moment(DateTime.Parse($"{day}T12:00", CultureInfo.InvariantCulture), Zones.Get(id));
                var text = await WriteAsync(Task("FREQ=DAILY", id, due));
                var renamed = text.Replace($"TZID:{id}", "TZID:Somewhere", StringComparison.Ordinal).Replace($"TZID={id}", "TZID=Somewhere", StringComparison.Ordinal).Replace($"X-LIC-LOCATION:{id}\r\n", "", StringComparison.Ordinal);
                var (task, fault) = Assert.Single(CalendarReader.Read(Encoding.UTF8.GetBytes(renamed), DateTimeZone.Utc));
                Assert.True(task?.Due == due, $"{id}: {task?.Due} instead of {due}, {fault}");
            }
        }
    }

    [Fact]
    public async Task The_end_of_a_rule_is_written_in_UTC()
    {
        foreach (var until in new[] { "20270629", "20270629T235959", "20270629T215959Z" })
            Assert.Contains("UNTIL=20270629T215859Z", await WriteAsync(Task($"FREQ=DAILY;UNTIL={until}", "Europe/Berlin", new DateTimeOffset(2027, 3, 10, 8, 0, 0, TimeSpan.Zero))));
    }

    /// <summary>Half past two comes twice on 31 October 2027 in Berlin; the second is at 01:30 UTC.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_time_that_comes_twice_keeps_its_moment(int hour)
    {
        var due = new DateTimeOffset(2027, 10, 31, hour, 30, 0, TimeSpan.Zero);
        Assert.Equal(due, Assert.Single(CalendarReader.Read(Encoding.UTF8.GetBytes(await WriteAsync(Task("FREQ=DAILY", "Europe/Berlin", due))), DateTimeZone.Utc)).Task!.Due);
    }

    [Fact]
    public async Task Exceptions_and_times_of_day_survive_a_journey()
    {
        var due = new DateTimeOffset(2027, 3, 10, 8, 0, 0, TimeSpan.Zero);
        foreach (var rule in new[] { "FREQ=DAILY;COUNT=9", "FREQ=DAILY;BYHOUR=9,17;BYMINUTE=0;COUNT=9", "FREQ=DAILY;UNTIL=20270315T080000Z" })
        {
            var task = Task(rule, "Europe/Berlin", due) with { EstimateMinutes = 45 };
            task = task with { Recurrence = task.Recurrence! with { Except = [due.AddDays(1), due.AddDays(3)] } };
            var (read, fault) = Assert.Single(CalendarReader.Read(Encoding.UTF8.GetBytes(await WriteAsync(task)), DateTimeZone.Utc));
            Assert.Null(fault);
            Assert.Equal(task.Recurrence.Except, read!.Recurrence!.Except);
            Assert.Equal(Recur(task), Recur(read));
        }
    }

    /// <summary>Rules that name millions of times, in a time zone or a task, cost nothing.</summary>
    [Fact]
    public void Hostile_rules_do_no_harm()
    {
        var read = Read("""
            BEGIN:VTIMEZONE
            TZID:Mars
            BEGIN:STANDARD
            DTSTART:16010101T000000
            TZOFFSETFROM:+0100
            TZOFFSETTO:+0200
            RRULE:FREQ=SECONDLY
            END:STANDARD
            END:VTIMEZONE
            BEGIN:VTODO
            SUMMARY:A
            DUE;TZID=Mars:20270310T090000
            END:VTODO
            BEGIN:VTODO
            SUMMARY:B
            DUE:20270310T090000Z
            RRULE:FREQ=SECONDLY
            END:VTODO

            """);
        Assert.Equal([(null, "DUE: the time zone 'Mars' is not known."), ("B", true)], [(read[0].Task?.Title, (object?)read[0].Fault), (read[1].Task?.Title, read[1].Fault!.StartsWith("RRULE: 'FREQ=SECONDLY'"))]);
        Assert.Null(read[1].Task!.Recurrence);
    }

    private static TransferTask Single(string file) => Assert.Single(ReadFile(file)).Task!;

    private static IReadOnlyList<(TransferTask? Task, string? Fault)> ReadFile(string name) =>
        CalendarReader.Read(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Calendars", $"{name}.ics")), s_berlin);

    private static IReadOnlyList<(TransferTask? Task, string? Fault)> Read(string parts) =>
        CalendarReader.Read(Encoding.UTF8.GetBytes($"BEGIN:VCALENDAR\n{parts}END:VCALENDAR\n"), s_berlin);

    private static async Task<string> WriteAsync(TransferTask task)
    {
        using var file = new MemoryStream();
        await new ICalendarTasks().WriteAsync(file, new[] { task }.ToAsyncEnumerable(), default);
        return Encoding.UTF8.GetString(file.ToArray());
    }

    private static TransferTask Task(string rule, string zone, DateTimeOffset due) =>
        new("u", "T", null, due, TaskPriority.Medium, null, [], TaskState.Todo, due, null, null, [], new RecurrenceRequest(rule, zone, due), "s", []);

    private static List<DateTimeOffset> Recur(TransferTask task)
    {
        var recurrence = TaskRecurrence.Of(task.Recurrence, null, task.Due)!;
        return [.. recurrence.After(recurrence.Number).Select(o => o.Due).Prepend(task.Due!.Value).Take(20)];
    }

    private static IEnumerable<string> DaysOf(TransferTask task) => Recur(task).Select(d => d.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture));
}
