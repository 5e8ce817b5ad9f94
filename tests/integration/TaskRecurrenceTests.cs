using System.Net;
using System.Text.Json;

namespace Deepiri.IntegrationTests;

public sealed class TaskRecurrenceTests : TaskServiceBase
{
    /// <summary>The clock stands at Monday, 2026-03-02, 10:00 UTC.</summary>
    private const string Daily = """{"title":"Water the plants","tags":["home"],"due":"2026-03-02T18:00:00+01:00","recurrence":{"rule":"FREQ=DAILY","timeZone":"Europe/Berlin"}}""";

    [Fact]
    public async Task Completing_makes_the_next_one_once_however_often_it_is_told()
    {
        var id = await CreateAsync("ada", Daily);
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => SendAsync("ada", HttpMethod.Post, $"/api/tasks/{id}/complete")));
        var next = await NextAsync(id);
        JsonElement completed = default;
        await Eventually.AssertAsync(() => completed = Assert.Single(Events("task.completed")));
        Assert.Equal(("2026-03-03T17:00:00+00:00", "todo", "home", 2), (next.GetProperty("due").GetString(), next.GetProperty("status").GetString(), next.GetProperty("tags")[0].GetString(), next.GetProperty("recurrence").GetProperty("number").GetInt32()));
        // Again, as a broker may.
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => SendAsync("", HttpMethod.Post, "/events/tasks/task.completed", completed.GetRawText())));
        Assert.Equal(2, (await ListAsync("ada", "")).Count);
        await OkAsync("ada", HttpMethod.Put, $"/api/tasks/{id}", Daily.Replace("\"title\"", "\"status\":\"todo\",\"title\""));
        await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{id}/complete");
        await SettledAsync();
        Assert.Equal(2, (await ListAsync("ada", "")).Count);
    }

    [Fact]
    public async Task When_its_time_has_come_the_next_one_is_made_though_the_service_was_down()
    {
        var id = await CreateAsync("ada", Daily);
        await SettledAsync();
        await RestartAsync();
        Tasks.Time.Advance(TimeSpan.FromHours(7) + TimeSpan.FromSeconds(1));
        var next = await NextAsync(id);
        Assert.Equal(("2026-03-03T17:00:00+00:00", "Water the plants"), (next.GetProperty("due").GetString(), next.GetProperty("title").GetString()));
        Assert.Equal("todo", (await OkAsync("ada", HttpMethod.Get, $"/api/tasks/{id}")).GetProperty("status").GetString());
    }

    [Fact]
    public async Task What_is_completed_late_leaves_out_the_occurrences_that_are_over()
    {
        var id = await CreateAsync("ada", """{"title":"Review","due":"2026-02-02T09:00:00Z","recurrence":{"rule":"FREQ=WEEKLY"}}""");
        await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{id}/complete");
        var next = await NextAsync(id);
        Assert.Equal(("2026-03-09T09:00:00+00:00", 6), (next.GetProperty("due").GetString(), next.GetProperty("recurrence").GetProperty("number").GetInt32()));
    }

    [Fact]
    public async Task What_is_left_out_of_a_series_has_no_task()
    {
        var id = await CreateAsync("ada", Daily.Replace("\"FREQ=DAILY\"", "\"FREQ=DAILY\",\"except\":[\"2026-03-03T17:00:00Z\",\"2026-03-05T18:00:00+01:00\"]"));
        await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{id}/complete");
        var next = await NextAsync(id);
        Assert.Equal(("2026-03-04T17:00:00+00:00", 3), (next.GetProperty("due").GetString(), next.GetProperty("recurrence").GetProperty("number").GetInt32()));
        // A change that says nothing of them keeps them.
        var next2 = next.GetProperty("id").GetString();
        await OkAsync("ada", HttpMethod.Put, $"/api/tasks/{next2}", Daily.Replace("2026-03-02", "2026-03-04").Replace("\"FREQ=DAILY\"", "\"FREQ=DAILY\",\"start\":\"2026-03-02T17:00:00Z\""));
        var days = (await OkAsync("ada", HttpMethod.Get, $"/api/tasks/{next2}/occurrences?limit=2")).GetProperty("items").EnumerateArray().Select(o => o.GetProperty("due").GetString());
        Assert.Equal(["2026-03-06T17:00:00+00:00", "2026-03-07T17:00:00+00:00"], days);
    }

    [Fact]
    public async Task A_series_that_nobody_works_at_waits_and_goes_on()
    {
        await CreateAsync("ada", Daily);
        await SettledAsync();
        for (var day = 0; day < 12; day++)
        {
            Tasks.Time.Advance(TimeSpan.FromHours(24));
            var expected = Math.Min(10, day + 2);
            await Eventually.AssertAsync(async () => Assert.Equal(expected, (await ListAsync("ada", "limit=100")).Count));
            await SettledAsync();
        }
        var newest = (await ListAsync("ada", ""))[0];
        await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{newest}/complete");
        Assert.Equal("2026-03-14T17:00:00+00:00", (await NextAsync(newest)).GetProperty("due").GetString());
    }

    [Fact]
    public async Task Deleting_one_leaves_it_out_and_deleting_the_series_ends_it()
    {
        var first = await CreateAsync("ada", Daily);
        await OkAsync("ada", HttpMethod.Delete, $"/api/tasks/{first}");
        var second = (await NextAsync(first)).GetProperty("id").GetString()!;
        await OkAsync("ada", HttpMethod.Delete, $"/api/tasks/{second}?series=true");
        await SettledAsync();
        Tasks.Time.Advance(TimeSpan.FromDays(3));
        await SettledAsync();
        Assert.Empty(await ListAsync("ada", ""));
        // Deleting can be undone, and the series with it.
        await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{second}/restore");
        await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{second}/complete");
        Assert.Equal("2026-03-05T17:00:00+00:00", (await NextAsync(second)).GetProperty("due").GetString());
    }

    [Fact]
    public async Task A_delete_that_fails_does_not_end_the_series()
    {
        var id = await CreateAsync("ada", Daily);
        using var request = Tasks.As("ada", HttpMethod.Delete, $"/api/tasks/{id}?series=true");
        request.Headers.TryAddWithoutValidation("If-Match", "\"stale\"");
        using var answer = await Tasks.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.PreconditionFailed, answer.StatusCode);
        await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{id}/complete");
        await NextAsync(id);
    }

    [Fact]
    public async Task A_series_ends_with_its_rule_or_when_its_task_recurs_no_more()
    {
        var id = await CreateAsync("ada", Daily.Replace("FREQ=DAILY", "FREQ=DAILY;COUNT=2"));
        await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{id}/complete");
        var last = (await NextAsync(id)).GetProperty("id").GetString()!;
        await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{last}/complete");
        var other = await CreateAsync("ada", Daily);
        await OkAsync("ada", HttpMethod.Put, $"/api/tasks/{other}", """{"title":"Once","due":"2026-03-02T18:00:00+01:00"}""");
        await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{other}/complete");
        await SettledAsync();
        Assert.Equal(3, (await ListAsync("ada", "")).Count);
    }

    [Fact]
    public async Task Moving_one_does_not_move_the_others_and_another_rule_begins_a_new_series()
    {
        var id = await CreateAsync("ada", Daily);
        var moved = await OkAsync("ada", HttpMethod.Put, $"/api/tasks/{id}", Daily.Replace("T18:00", "T21:00"));
        var upcoming = await OkAsync("ada", HttpMethod.Get, $"/api/tasks/{id}/occurrences?limit=2");
        Assert.Equal(["2026-03-03T17:00:00+00:00", "2026-03-04T17:00:00+00:00"], upcoming.GetProperty("items").EnumerateArray().Select(o => o.GetProperty("due").GetString()!));
        var changed = await OkAsync("ada", HttpMethod.Put, $"/api/tasks/{id}", Daily.Replace("T18:00", "T21:00").Replace("FREQ=DAILY", "FREQ=DAILY;INTERVAL=2"));
        Assert.NotEqual(moved.GetProperty("recurrence").GetProperty("seriesId").GetString(), changed.GetProperty("recurrence").GetProperty("seriesId").GetString());
        Assert.Equal("2026-03-04T20:00:00+00:00", (await OkAsync("ada", HttpMethod.Get, $"/api/tasks/{id}/occurrences?limit=1")).GetProperty("items")[0].GetProperty("due").GetString());
    }

    [Fact]
    public async Task Reminders_come_before_it_is_due_and_outlive_the_service()
    {
        var id = await CreateAsync("ada", """{"title":"Call","due":"2026-03-02T12:00:00Z","reminders":[60,0,1440]}""");
        var done = await CreateAsync("ada", """{"title":"Done","due":"2026-03-02T12:00:00Z","reminders":[60]}""");
        var moved = await CreateAsync("ada", """{"title":"Moved","due":"2026-03-02T12:00:00Z","reminders":[60]}""");
        await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{done}/complete");
        await OkAsync("ada", HttpMethod.Put, $"/api/tasks/{moved}", """{"title":"Moved","due":"2026-03-02T15:00:00Z","reminders":[60]}""");
        await SettledAsync();
        await RestartAsync();
        Tasks.Time.Advance(TimeSpan.FromMinutes(61));
        await RemindedAsync("Call 60");
        Tasks.Time.Advance(TimeSpan.FromMinutes(60));
        await RemindedAsync("Call 60", "Call 0");
        Tasks.Time.Advance(TimeSpan.FromMinutes(120));
        await RemindedAsync("Call 60", "Call 0", "Moved 60");
        Assert.Equal((id, "2026-03-02T12:00:00+00:00"), (Events("task.reminder").First().GetProperty("data").GetProperty("taskId").GetString(), Events("task.reminder").First().GetProperty("data").GetProperty("due").GetString()));
    }

    [Theory]
    [InlineData("""{"title":"x","recurrence":{"rule":"FREQ=DAILY"}}""", "recurrence")]
    [InlineData("""{"title":"x","due":"0001-01-01T00:00:00Z","reminders":[5]}""", "due")]
    [InlineData("""{"title":"x","due":"9999-12-31T23:59:59Z"}""", "due")]
    [InlineData("""{"title":"x","due":"2026-03-02T12:00:00Z","recurrence":{"rule":"FREQ=DAILY","start":"0001-01-01T00:00:00Z"}}""", "recurrence.start")]
    [InlineData("""{"title":"x","due":"2026-03-02T12:00:00Z","recurrence":{"rule":"FREQ=DAILY","start":"2006-01-01T00:00:00Z"}}""", "recurrence")]
    [InlineData("""{"title":"x","reminders":[5]}""", "reminders")]
    [InlineData("""{"title":"x","due":"2026-03-02T12:00:00Z","reminders":[-1]}""", "reminders[0]")]
    [InlineData("""{"title":"x","due":"2026-03-02T12:00:00Z","reminders":[1,2,3,4,5,6]}""", "reminders")]
    [InlineData("""{"title":"x","due":"2026-03-02T12:00:00Z","recurrence":{"rule":"FREQ=HOURLY"}}""", "recurrence.rule")]
    [InlineData("""{"title":"x","due":"2026-03-02T12:00:00Z","recurrence":{"rule":"FREQ=DAILY","timeZone":"Mars/Olympus"}}""", "recurrence.timeZone")]
    [InlineData("""{"title":"x","due":"2026-03-02T12:00:00Z","recurrence":{}}""", "recurrence.rule")]
    [InlineData("""{"title":"x","due":"2026-03-02T12:00:00Z","recurrence":{"rule":"FREQ=YEARLY;BYWEEKNO=54"}}""", "recurrence.rule")]
    public async Task What_cannot_recur_or_remind_is_refused_by_field(string body, string field)
    {
        var faults = (await FailAsync(HttpStatusCode.BadRequest, "ada", HttpMethod.Post, "/api/tasks", body)).GetProperty("details");
        Assert.NotEmpty(faults.GetProperty(field).EnumerateArray());
    }

    /// <summary>The task after one in its series, when it is there.</summary>
    private async Task<JsonElement> NextAsync(string id)
    {
        JsonElement? next = null;
        await Eventually.AssertAsync(async () =>
        {
            next = (await PagesAsync("ada", "/api/tasks?limit=100")).Cast<JsonElement?>().SingleOrDefault(t => t!.Value.GetProperty("recurrence") is { ValueKind: JsonValueKind.Object } r && r.GetProperty("previousId").GetString() == id);
            Assert.NotNull(next);
        });
        return next!.Value;
    }

    /// <summary>Waits until what has happened so far was followed up: events come in order.</summary>
    private async Task SettledAsync()
    {
        var title = Guid.NewGuid().ToString();
        var (before, after) = (await CreateAsync("eve", $$"""{"title":"{{title}}"}"""), await CreateAsync("eve", """{"title":"Waits"}"""));
        await OkAsync("eve", HttpMethod.Post, $"/api/tasks/{after}/dependencies", $$"""{"dependsOn":"{{before}}"}""");
        await OkAsync("eve", HttpMethod.Post, $"/api/tasks/{before}/complete");
        await Eventually.AssertAsync(() => Assert.Contains(Events("task.unblocked"), e => e.GetProperty("data").GetProperty("completedTitle").GetString() == title));
    }

    private Task RemindedAsync(params string[] expected) => Eventually.AssertAsync(() =>
        Assert.Equal(expected, Events("task.reminder").Select(e => e.GetProperty("data")).Select(d => $"{d.GetProperty("title").GetString()} {d.GetProperty("minutesBefore").GetInt32()}")));
}
