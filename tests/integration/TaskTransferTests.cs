using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Deepiri.IntegrationTests;

public sealed class TaskTransferTests : TaskServiceBase
{
    [Theory]
    [InlineData("json", "application/json")]
    [InlineData("csv", "text/csv")]
    [InlineData("ics", "text/calendar")]
    public async Task What_is_exported_can_be_imported_whole(string format, string contentType)
    {
        var parent = await CreateAsync("ada", """{"title":"Move; house, \"now\"","description":"line 1\nline 2","due":"2026-03-09T18:00:00Z","priority":"urgent","estimateMinutes":90,"tags":["home","a;b"],"reminders":[30],"recurrence":{"rule":"FREQ=WEEKLY;BYDAY=MO","timeZone":"Europe/Berlin","except":["2026-03-16T18:00:00Z"]}}""");
        var part = await CreateAsync("ada", $$"""{"title":"=Pack()","parentId":"{{parent}}"}""");
        var done = await CreateAsync("ada", """{"title":"Done"}""");
        await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{done}/complete");
        await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{parent}/dependencies", $$"""{"dependsOn":"{{done}}"}""");
        var file = await ExportAsync("ada", format, contentType);
        Assert.Equal((3, 0), Counts(await ImportAsync("bob", file, contentType)));
        Assert.Equal((0, 3), Counts(await ImportAsync("bob", file, contentType)));
        Assert.Equal((0, 3), Counts(await ImportAsync("ada", file, contentType)));
        Assert.Equal(Known(await ExportAsync("ada", "json", "application/json")), Known(await ExportAsync("bob", "json", "application/json")));
        // What was done elsewhere earns nothing here.
        await Eventually.AssertAsync(() => Assert.Equal(3, Events("task.created").Count(e => e.GetProperty("data").GetProperty("userId").GetString() == "bob")));
        Assert.Single(Events("task.completed"));
    }

    [Fact]
    public async Task What_is_wrong_is_told_and_the_rest_is_brought_in()
    {
        var answer = await ImportAsync("ada", """
            [{"uid":"a","title":"A","dependsOn":["b","x"]},{"uid":"b","title":"B","dependsOn":["a"]},{"uid":"a","title":"Again"},{"title":""},{"title":"T","due":"soon"},
             {"uid":"p","title":"Part","parent":"nothing"},{"title":"R","recurrence":{"rule":"FREQ=DAILY"}},null,{"title":"D","status":"done","completedAt":"2999-01-01T00:00:00Z","createdAt":"2999-01-01T00:00:00Z"}]
            """, "application/json");
        Assert.Equal((4, 0), Counts(answer));
        Assert.Equal(5, answer.GetProperty("failed").GetInt32());
        Assert.Equal([(0, true), (2, false), (3, false), (4, false), (5, true), (6, false), (7, false)], answer.GetProperty("faults").EnumerateArray().Select(f => (f.GetProperty("index").GetInt32(), f.GetProperty("broughtIn").GetBoolean())));
        Assert.Contains("A → B → A", answer.GetProperty("withoutDependencies").GetString());
        Assert.Equal("2026-03-02T10:00:00+00:00", (await PagesAsync("ada", "/api/tasks?status=done"))[0].GetProperty("completedAt").GetString());
    }

    /// <summary>As calendars write them: the time of the export changes, the series is there three times, and some of it is in the future.</summary>
    [Fact]
    public async Task A_file_that_is_exported_again_elsewhere_adds_nothing_twice()
    {
        string ToDo(int day, string stamp) => $"BEGIN:VTODO\nUID:u{day}\nDTSTAMP:{stamp}\nSUMMARY:Daily\nDUE:2026030{day}T090000Z\nRRULE:FREQ=DAILY\nX-DEEPIRI-SERIES:s1\nX-DEEPIRI-SERIES-START:20260302T090000Z\nEND:VTODO\n";
        string File(string stamp) => $"BEGIN:VCALENDAR\n{ToDo(3, stamp)}{ToDo(4, stamp)}{ToDo(5, stamp)}END:VCALENDAR\n";
        Assert.Equal((3, 0), Counts(await ImportAsync("ada", File("20260301T000000Z"), "text/calendar")));
        Assert.Equal((0, 3), Counts(await ImportAsync("ada", File("20260302T000000Z"), "text/calendar")));
        const string Ahead = """[{"uid":"f","title":"F","createdAt":"2026-03-02T11:00:00Z"}]""";
        Assert.Equal((1, 0), Counts(await ImportAsync("ada", Ahead, "application/json")));
        Tasks.Time.Advance(TimeSpan.FromHours(3));
        Assert.Equal((0, 1), Counts(await ImportAsync("ada", Ahead, "application/json")));
        // Each of the three is due and makes its next: the days that follow come once.
        Tasks.Time.Advance(TimeSpan.FromDays(4));
        await Eventually.AssertAsync(async () =>
        {
            var days = (await PagesAsync("ada", "/api/tasks?limit=100&dueAfter=2026-03-01T00:00:00Z")).Select(t => t.GetProperty("due").GetString()![8..10]).Order().ToList();
            Assert.Equal((days.Distinct().Count(), "07"), (days.Count, days[^1]));
        });
    }

    [Theory]
    [InlineData("application/json", """[{"uid":"a","title":"A","dependsOn":[null,"b"]},{"uid":"b","title":"B"}]""", 2)]
    [InlineData("text/csv", "title,due\nA,9999-12-31\nB,0001-01-01\nC,2026-01-01\n", 1)]
    [InlineData("text/calendar", "BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:A\nDUE;VALUE=DATE:99991231\nEND:VTODO\nBEGIN:VTODO\nSUMMARY:B\nDUE:20260101T000000Z\nBEGIN:VALARM\nTRIGGER:-P10675199DT2H48M5.4775808S\nEND:VALARM\nEND:VTODO\n", 2)]
    public async Task What_is_out_of_bounds_is_a_fault_of_its_task(string contentType, string file, int created) => Assert.Equal(created, Counts(await ImportAsync("ada", file, contentType)).Created);

    [Fact]
    public async Task A_hostile_calendar_is_read_in_one_pass()
    {
        var lines = string.Concat(Enumerable.Repeat("A:\n", 300_000));
        Assert.Equal((1, 0), Counts(await ImportAsync("ada", $"BEGIN:VCALENDAR\nBEGIN:VTODO\nSUMMARY:A\nBEGIN:VALARM\n{lines}END:VALARM\nEND:VTODO\nEND:VCALENDAR\n", "text/calendar")));
        using var many = await SendAsync("ada", HttpMethod.Post, "/api/tasks/import", $"[{string.Join(',', Enumerable.Repeat("1", 500_000))}]");
        Assert.Equal(HttpStatusCode.BadRequest, many.StatusCode);
    }

    [Fact]
    public async Task A_table_needs_no_more_than_titles_and_local_times_have_a_zone()
    {
        using var answer = await SendAsync("ada", HttpMethod.Post, "/api/tasks/import?timeZone=Europe/Berlin", "Title,Due\nBuy milk,2026-03-05 17:00\nRest,2026-03-06\n", contentType: "text/csv");
        Assert.Equal((2, 0), Counts(await answer.Content.ReadFromJsonAsync<JsonElement>()));
        var due = (await PagesAsync("ada", "/api/tasks")).ToDictionary(t => t.GetProperty("title").GetString()!, t => t.GetProperty("due").GetString());
        Assert.Equal(("2026-03-05T16:00:00+00:00", "2026-03-06T22:59:59+00:00"), (due["Buy milk"], due["Rest"]));
    }

    [Theory]
    [InlineData("windows-1252", HttpStatusCode.OK)]
    [InlineData("klingon", HttpStatusCode.UnsupportedMediaType)]
    public async Task A_charset_is_honoured_or_refused(string charset, HttpStatusCode status)
    {
        using var content = new ByteArrayContent([.. "title\r\nM"u8, 0xFC, .. "ll rausbringen\r\n"u8]);
        content.Headers.TryAddWithoutValidation("Content-Type", $"text/csv; charset={charset}");
        using var answer = await Tasks.Http.SendAsync(Tasks.As("ada", HttpMethod.Post, "/api/tasks/import", content));
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal(status == HttpStatusCode.OK ? ["Müll rausbringen"] : [], (await PagesAsync("ada", "/api/tasks")).Select(t => t.GetProperty("title").GetString()));
    }

    [Theory]
    [InlineData("application/json", "{}", HttpStatusCode.BadRequest)]
    [InlineData("text/csv", "", HttpStatusCode.BadRequest)]
    [InlineData("text/calendar", "x", HttpStatusCode.BadRequest)]
    [InlineData("text/plain", "x", HttpStatusCode.UnsupportedMediaType)]
    public async Task What_is_no_file_of_tasks_is_refused(string contentType, string body, HttpStatusCode status)
    {
        using var answer = await SendAsync("ada", HttpMethod.Post, "/api/tasks/import", body, contentType: contentType);
        Assert.Equal(status, answer.StatusCode);
    }

    [Fact]
    public async Task Thousands_come_in_once_though_they_are_sent_twice_at_once()
    {
        var file = JsonSerializer.Serialize(Enumerable.Range(0, 2000).Select(i => new { uid = $"{i}", title = $"Task {i}", createdAt = $"2025-01-01T00:00:{i % 60:00}Z", dependsOn = i % 10 == 0 ? Array.Empty<string>() : [$"{i - 1}"] }));
        var answers = await Task.WhenAll(ImportAsync("ada", file, "application/json"), ImportAsync("ada", file, "application/json"));
        Assert.All(answers, a => Assert.Equal(2000, Counts(a).Created + Counts(a).Present));
        var listed = await ListAsync("ada", "limit=100");
        Assert.Equal((2000, 2000), (listed.Count, listed.Distinct().Count()));
        var graph = await OkAsync("ada", HttpMethod.Get, "/api/tasks/graph");
        Assert.Equal(1800, graph.GetProperty("tasks").EnumerateArray().Sum(t => t.GetProperty("dependsOn").GetArrayLength()));
    }

    [Fact]
    public async Task Words_find_ones_own_tasks_the_best_first()
    {
        await CreateAsync("ada", """{"title":"Reporting tools","tags":["x"]}""");
        Tasks.Time.Advance(TimeSpan.FromSeconds(1));
        await CreateAsync("ada", """{"title":"Write the report"}""");
        Tasks.Time.Advance(TimeSpan.FromSeconds(1));
        await CreateAsync("ada", """{"title":"Other","description":"see the Réport"}""");
        await CreateAsync("bob", """{"title":"Bob's report"}""");
        Assert.Equal(["Write the report", "Reporting tools", "Other"], (await PagesAsync("ada", "/api/tasks/search?q=report&limit=1")).Select(t => t.GetProperty("title").GetString()!));
        // No character at all, which texts may have nevertheless.
        await CreateAsync("ada", """{"title":"Odd","description":"\uFFFE \uD800 words"}""".Replace("\\uD800", ""));
        Assert.Single(await PagesAsync("ada", "/api/tasks/search?q=%EF%BF%BEwords"));
        await FailAsync(HttpStatusCode.BadRequest, "ada", HttpMethod.Get, "/api/tasks/search");
        await FailAsync(HttpStatusCode.BadRequest, "ada", HttpMethod.Get, "/api/tasks/search?q=-x");
        await FailAsync(HttpStatusCode.BadRequest, "ada", HttpMethod.Get, "/api/tasks/search?q=x&cursor=-1");
    }

    private async Task<string> ExportAsync(string user, string format, string contentType)
    {
        using var answer = await SendAsync(user, HttpMethod.Get, $"/api/tasks/export?format={format}");
        Assert.Equal((HttpStatusCode.OK, contentType, $"tasks-2026-03-02.{format}"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType, answer.Content.Headers.ContentDisposition!.FileName));
        return await answer.Content.ReadAsStringAsync();
    }

    private async Task<JsonElement> ImportAsync(string user, string file, string contentType)
    {
        using var answer = await SendAsync(user, HttpMethod.Post, "/api/tasks/import", file, contentType: contentType);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonDocument.Parse(text).RootElement;
    }

    private static (int Created, int Present) Counts(JsonElement answer) => (answer.GetProperty("created").GetInt32(), answer.GetProperty("present").GetInt32());

    /// <summary>The tasks of an export with their titles in place of their ids.</summary>
    private static IEnumerable<string> Known(string export)
    {
        var tasks = JsonDocument.Parse(export).RootElement;
        foreach (var task in tasks.EnumerateArray())
            export = export.Replace(task.GetProperty("uid").GetString()!, JsonEncodedText.Encode(task.GetProperty("title").GetString()!).ToString());
        // A series is another one elsewhere.
        return JsonDocument.Parse(System.Text.RegularExpressions.Regex.Replace(export, "\"series\":\"[^\"]*\"", "\"series\":\"\"")).RootElement.EnumerateArray().Select(t => t.GetRawText()).Order(StringComparer.Ordinal);
    }
}
