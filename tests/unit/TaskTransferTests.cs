using System.Text;
using System.Text.Json;
using Deepiri.ServiceDefaults;
using Deepiri.TaskOrchestrator.Recurrence;
using Deepiri.TaskOrchestrator.Tasks;
using Deepiri.TaskOrchestrator.Transfer;
using FsCheck;
using FsCheck.Fluent;
using NodaTime;

namespace Deepiri.UnitTests;

public sealed class TaskTransferTests
{
    private static readonly string[] s_texts = ["plain", "a,b;c\\d", "=SUM(A1)", "'quoted", "-5", "+1", "@home", "say \"hi\"", "two\nlines", "naïve café 🎉 " + new string('ü', 80), ":;,", "BEGIN:VTODO", "\tcell", " spaced "];
    private static readonly string[] s_lines = [.. s_texts.Where(t => !t.Any(char.IsControl))];
    private static readonly DateTimeOffset s_now = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    public static TheoryData<string> Formats => ["json", "csv", "ics"];

    [Theory]
    [MemberData(nameof(Formats))]
    public void What_is_written_is_read_again(string extension) => Prop.ForAll(Gen.Choose(0, int.MaxValue).ArrayOf(20).ListOf().ToArbitrary(), seeds =>
    {
        var format = FormatOf(extension);
        var tasks = seeds.Select((s, i) => Make(i, s)).ToList();
        using var file = new MemoryStream();
        format.WriteAsync(file, tasks.ToAsyncEnumerable(), default).GetAwaiter().GetResult();
        file.Position = 0;
        var read = format.ReadAsync(file, DateTimeZone.Utc, default).GetAwaiter().GetResult();
        return JsonSerializer.Serialize(read.Select(r => r.Task), PlatformJson.Options) is var found && JsonSerializer.Serialize(tasks, PlatformJson.Options) is var expected && found == expected
            ? true : throw new InvalidOperationException($"{found}\ninstead of\n{expected}\nin\n{Encoding.UTF8.GetString(file.ToArray())}");
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));

    /// <summary>As other programs write them: folded lines, local times, days, durations in weeks, alarms after the due date, other components.</summary>
    [Fact]
    public async Task A_calendar_of_somebody_else_is_understood()
    {
        const string calendar = """
            BEGIN:VCALENDAR
            VERSION:2.0
            BEGIN:VTIMEZONE
            TZID:Europe/Berlin
            END:VTIMEZONE
            BEGIN:VEVENT
            SUMMARY:No to-do
            END:VEVENT
            BEGIN:VTODO
            UID:1@example.com
            SUMMARY;LANGUAGE=en:A long
              title
            DUE;TZID="Europe/Berlin":20260305T170000
            PRIORITY:2
            CATEGORIES:work,home\, sweet home
            CATEGORIES:third
            X-SOMETHING;A="b;c:d":e
            BEGIN:VALARM
            TRIGGER:-P1W
            DESCRIPTION:not the task's
            END:VALARM
            BEGIN:VALARM
            TRIGGER:PT5M
            END:VALARM
            STATUS:IN-PROCESS
            END:VTODO
            BEGIN:VTODO
            UID:2
            SUMMARY:A day
            DUE;VALUE=DATE:20260305
            RRULE:FREQ=WEEKLY
            RELATED-TO:1@example.com
            END:VTODO
            BEGIN:VTODO
            SUMMARY:Wrong
            DUE:tomorrow
            END:VTODO
            END:VCALENDAR
            """;
        var read = await new ICalendarTasks().ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(calendar)), Zones.Get("America/New_York"), default);
        Assert.Equal((null, "A VEVENT is not brought in, only to-dos (VTODO) are."), read[0]);
        var first = read[1].Task!;
        Assert.Equal(("1@example.com", "A long title", TaskPriority.Urgent, TaskState.InProgress, null), (first.Uid, first.Title, first.Priority, first.Status, first.Description));
        Assert.Equal(new DateTimeOffset(2026, 3, 5, 16, 0, 0, TimeSpan.Zero), first.Due);
        Assert.Equal(["work", "home, sweet home", "third"], first.Tags!);
        Assert.Equal([7 * 24 * 60], first.Reminders!);
        Assert.Equal("A task has no alarm after it is due.", read[1].Fault);
        var second = read[2].Task!;
        Assert.Equal((new DateTimeOffset(2026, 3, 5, 23, 59, 59, TimeSpan.FromHours(-5)), "1@example.com", "America/New_York"), (second.Due, second.Parent, second.Recurrence!.TimeZone));
        Assert.Equal(("Wrong", null, "DUE cannot be read."), (read[3].Task!.Title, read[3].Task!.Due, read[3].Fault));
    }

    [Theory]
    [InlineData("json", "{")]
    [InlineData("json", "{}")]
    [InlineData("csv", "")]
    [InlineData("csv", "name,due\nx,y")]
    [InlineData("csv", "title\n\"unfinished")]
    [InlineData("ics", "")]
    [InlineData("ics", "BEGIN:VTODO\nEND:VTODO")]
    public async Task What_is_no_file_of_its_kind_is_refused(string extension, string text) =>
        await Assert.ThrowsAsync<FormatException>(() => FormatOf(extension).ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), DateTimeZone.Utc, default));

    /// <summary>A day or a time by ISO 8601 is the same in each format, and what could be read in two ways is refused.</summary>
    [Theory]
    [InlineData("2027-03-10", "2027-03-10T22:59:59Z")]
    [InlineData("2027-03-10T17:00:00", "2027-03-10T16:00:00Z")]
    [InlineData("2027-03-10 17:00", "2027-03-10T16:00:00Z")]
    [InlineData("2027-03-10T17:00:00-05:00", "2027-03-10T22:00:00Z")]
    [InlineData("10.3.2027", null)]
    [InlineData("10/03/2027", null)]
    [InlineData("13/03/2027", null)]
    [InlineData("03/13/2027", null)]
    [InlineData("10.5", null)]
    [InlineData("12:30", null)]
    [InlineData("2027-03", null)]
    public async Task A_date_is_read_in_one_way(string text, string? due)
    {
        foreach (var (extension, file) in new[] { ("json", $$"""[{"title":"A","due":"{{text}}"}]"""), ("csv", $"title,due\nA,{text}\n") })
        {
            var (task, fault) = Assert.Single(await FormatOf(extension).ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(file)), Zones.Get("Europe/Berlin"), default));
            Assert.Equal(due is null ? null : DateTimeOffset.Parse(due), task?.Due);
            Assert.Equal(due is null, fault?.Contains($"'{text}' is not a day", StringComparison.Ordinal) == true);
        }
    }

    [Theory]
    [InlineData("title;due;priority\r\nA;2027-03-10;high\r\n", "A", "high")]
    [InlineData("sep=;\r\ntitle;priority\r\nA;high\r\n", "A", "high")]
    [InlineData("title\tpriority\nA\tlow\n", "A", "low")]
    [InlineData("title\n'tis the season\n", "'tis the season", null)]
    [InlineData("\uFEFFtitle\n\"'90s, party\"\n", "'90s, party", null)]
    public async Task Tables_of_other_programs_are_read(string file, string title, string? priority)
    {
        var (task, fault) = Assert.Single(await new CsvTasks().ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(file)), DateTimeZone.Utc, default));
        Assert.Equal((title, priority, null), (task!.Title, task.Priority?.ToString().ToLowerInvariant(), fault));
    }

    [Fact]
    public async Task Numbers_of_other_programs_are_read()
    {
        var read = await new CsvTasks().ReadAsync(new MemoryStream("title,estimateMinutes\nA,30.0\nB, 30\nC,30.5\nD,1e9\n"u8.ToArray()), DateTimeZone.Utc, default);
        Assert.Equal([30, 30, null, null], read.Select(r => r.Task?.EstimateMinutes));
        Assert.Equal([null, null, "estimateMinutes: '30.5' is not a whole number.", "estimateMinutes: '1e9' is not a whole number."], read.Select(r => r.Fault));
    }

    [Fact]
    public async Task What_is_not_UTF_8_is_refused() =>
        Assert.Contains("charset", (await Assert.ThrowsAsync<FormatException>(() => new CsvTasks().ReadAsync(new MemoryStream([.. "title\nM"u8, 0xFC, .. "ll\n"u8]), DateTimeZone.Utc, default))).Message);

    /// <summary>Rubbish is read or refused, and nothing else.</summary>
    [Theory]
    [MemberData(nameof(Formats))]
    public void Rubbish_does_no_harm(string extension) => Prop.ForAll(Gen.Elements("BEGIN:VCALENDAR\r\n", "BEGIN:VTODO\r\n", "END:VTODO\r\n", "BEGIN:VALARM\n", "DUE:", "TRIGGER:-P", "W\n", "PT1M\n", "title,due\n", "\"", ",", ";", ":", "=", "\n", "[", "{\"title\":", "1", "}", "]", "\0", "é", "TRIGGER;VALUE=DATE-TIME:20260101T000000Z\n", "RRULE:\n", "ESTIMATED-DURATION:P99999999999D\n").ListOf().ToArbitrary(), parts =>
    {
        try
        {
            return FormatOf(extension).ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(string.Concat(parts))), DateTimeZone.Utc, default).GetAwaiter().GetResult() is not null;
        }
        catch (FormatException)
        {
            return true;
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    private static ITaskFormat FormatOf(string extension) => extension switch { "json" => new JsonTasks(), "csv" => new CsvTasks(), _ => new ICalendarTasks() };

    private static TransferTask Make(int index, int[] n)
    {
        var at = s_now.AddMinutes(n[0] % 1_000_000);
        var recurs = n[1] % 3 == 0;
        DateTimeOffset? due = recurs || n[1] % 2 == 0 ? at : null;
        return new TransferTask($"uid-{index}", s_lines[n[2] % s_lines.Length], n[3] % 2 == 0 ? null : s_texts[n[4] % s_texts.Length], due, (TaskPriority)(n[5] % 4), n[6] % 2 == 0 ? null : n[6] % 10_000 + 1,
            [.. Enumerable.Range(0, n[7] % 3).Select(i => s_lines[n[8 + i] % s_lines.Length].Trim()).Where(t => t.Length <= TaskRules.LongestTag).Distinct()], (TaskState)(n[11] % 3), s_now.AddSeconds(-n[12] % 1_000_000), n[11] % 3 == 2 ? s_now : null,
            n[13] % 3 == 0 ? $"uid-{n[13] % 50}" : null, [.. Enumerable.Range(0, n[14] % 3).Select(i => $"uid-{i}")],
            recurs ? new RecurrenceRequest("FREQ=WEEKLY;BYDAY=MO,TU", "UTC", at) : null, recurs ? $"series-{n[1]}" : null, due is null ? [] : [.. Enumerable.Range(0, n[15] % 3).Select(i => i * 30)]);
    }
}
