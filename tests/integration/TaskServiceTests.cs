using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Deepiri.IntegrationTests;

public sealed class TaskServiceTests : TaskServiceBase
{
    /// <summary>Far beyond the 4 MiB that a gRPC client takes by default: stored text is JSON, in which each of these letters is six bytes.</summary>
    [Fact]
    public async Task Lists_of_long_texts_are_read()
    {
        var body = JsonSerializer.Serialize(new { title = "long", description = new string('ü', 10_000) });
        for (var i = 0; i < 256; i++)
            await CreateAsync("ada", body);
        var page = await OkAsync("ada", HttpMethod.Get, "/api/tasks?limit=100");
        Assert.Equal(100, page.GetProperty("items").GetArrayLength());
        Assert.Equal(256, (await OkAsync("ada", HttpMethod.Get, "/api/tasks/export?format=json")).GetArrayLength());
    }

    [Fact]
    public async Task Each_change_publishes_its_event_with_the_request_id()
    {
        var id = await CreateAsync("ada", """{"title":"One"}""", requestId: "req-1");
        await SendAsync("ada", HttpMethod.Put, $"/api/tasks/{id}", """{"title":"Two","status":"in_progress"}""");
        await SendAsync("ada", HttpMethod.Post, $"/api/tasks/{id}/complete");
        await SendAsync("ada", HttpMethod.Post, $"/api/tasks/{id}/complete");
        await SendAsync("ada", HttpMethod.Delete, $"/api/tasks/{id}");
        await SendAsync("ada", HttpMethod.Post, $"/api/tasks/{id}/restore");
        await Eventually.AssertAsync(() => Assert.Equal(["task.completed", "task.created", "task.deleted", "task.updated", "task.updated"], Events().Select(e => e.GetProperty("type").GetString()!).Order(StringComparer.Ordinal)));
        var created = Events().Single(e => e.GetProperty("type").GetString() == "task.created").GetProperty("data");
        Assert.Equal(("One", "ada", "req-1", "medium"), (created.GetProperty("title").GetString(), created.GetProperty("userId").GetString(), created.GetProperty("requestId").GetString(), created.GetProperty("priority").GetString()));
    }

    /// <summary>What the text states is used, what is only guessed is shown, and what the request itself states comes first.</summary>
    [Fact]
    public async Task A_text_becomes_a_task_and_guesses_are_only_shown()
    {
        Cyrex.Answer = (context, _) => context.Response.WriteAsync("""
            {"title":{"value":"Pay the rent","confidence":0.9},"due":{"value":"2026-03-03T17:00:00+01:00","confidence":0.98},"estimateMinutes":{"value":45,"confidence":0.4},
             "priority":{"value":"urgent","confidence":0.6},"tags":["home"],"category":{"value":"finance","confidence":0.9},"difficulty":null,
             "understood":[{"text":"tomorrow 5pm","as":"due"},{"text":"#home","as":"tag"}],"source":"model"}
            """);
        using var answer = await SendAsync("ada", HttpMethod.Post, "/api/tasks", """{"text":"Pay the rent tomorrow 5pm #home","timeZone":"Europe/Berlin","description":"by transfer"}""", "req-7");
        var task = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal((HttpStatusCode.Created, "Pay the rent", "by transfer", "2026-03-03T16:00:00+00:00", "medium", JsonValueKind.Null, "home"),
            (answer.StatusCode, task.GetProperty("title").GetString(), task.GetProperty("description").GetString(), task.GetProperty("due").GetString(), task.GetProperty("priority").GetString(), task.GetProperty("estimateMinutes").ValueKind, task.GetProperty("tags")[0].GetString()));
        Assert.Equal(45, task.GetProperty("understanding").GetProperty("estimateMinutes").GetProperty("value").GetInt32());
        var asked = Cyrex.Requests.Single();
        Assert.Equal(("ada", "req-7", "Europe/Berlin"), (asked.Headers["X-User-Id"], asked.Headers["X-Request-ID"], JsonDocument.Parse(asked.Body).RootElement.GetProperty("timeZone").GetString()));
        using var read = await SendAsync("ada", HttpMethod.Get, $"/api/tasks/{task.GetProperty("id").GetString()}");
        Assert.False((await read.Content.ReadFromJsonAsync<JsonElement>()).TryGetProperty("understanding", out _));
    }

    [Fact]
    public async Task WithoutCyrex_the_text_is_the_title_and_nothing_of_it_is_lost()
    {
        Cyrex.Answer = (context, _) => { context.Response.StatusCode = 500; return Task.CompletedTask; };
        var text = "Line one\\n" + string.Concat(Enumerable.Repeat("long ", 100));
        using var answer = await SendAsync("ada", HttpMethod.Post, "/api/tasks", $$"""{"text":"{{text}}"}""");
        var task = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal((HttpStatusCode.Created, 200, "text"), (answer.StatusCode, task.GetProperty("title").GetString()!.Length, task.GetProperty("understanding").GetProperty("source").GetString()));
        Assert.StartsWith("Line one long long", task.GetProperty("title").GetString());
        Assert.Equal(text.Replace("\\n", "\n"), task.GetProperty("description").GetString());
        using var parsed = await SendAsync("ada", HttpMethod.Post, "/api/tasks/parse", """{"text":"pay tomorrow"}""");
        Assert.Equal("pay tomorrow", (await parsed.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("title").GetProperty("value").GetString());
    }

    [Theory]
    [InlineData("POST", "/api/tasks", """{"text":" "}""", "text")]
    [InlineData("POST", "/api/tasks", """{"text":"x","timeZone":"Mars/Olympus"}""", "timeZone")]
    [InlineData("POST", "/api/tasks", "{}", "title")]
    [InlineData("PUT", "/api/tasks/{id}", """{"title":"x","text":"y"}""", "text")]
    [InlineData("POST", "/api/tasks/parse", """{"timeZone":"Mars/Olympus"}""", "text")]
    public async Task A_text_that_cannot_be_is_refused_by_field(string method, string path, string body, string field)
    {
        var id = await CreateAsync("ada", """{"title":"One"}""");
        using var answer = await SendAsync("ada", new HttpMethod(method), path.Replace("{id}", id), body);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.NotEmpty((await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetProperty("details").GetProperty(field).EnumerateArray());
    }

    [Fact]
    public async Task Of_many_completions_at_once_one_is_published()
    {
        var id = await CreateAsync("ada", """{"title":"Race"}""");
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => SendAsync("ada", HttpMethod.Post, $"/api/tasks/{id}/complete")));
        Assert.All(answers, a => Assert.Equal(HttpStatusCode.OK, a.StatusCode));
        await CreateAsync("ada", """{"title":"End"}""");
        await Eventually.AssertAsync(() => Assert.Contains(Events(), e => e.GetProperty("data").GetProperty("title").GetString() == "End"));
        Assert.Single(Events(), e => e.GetProperty("type").GetString() == "task.completed");
    }

    [Fact]
    public async Task Lists_page_through_everything_once_in_order_whatever_the_size()
    {
        var ids = new List<string>();
        for (var i = 0; i < 300; i++)
        {
            Tasks.Time.Advance(TimeSpan.FromMilliseconds(1));
            ids.Add(await CreateAsync("ada", $$"""{"title":"{{i}}","tags":["{{(i % 2 == 0 ? "even" : "odd")}}"]}"""));
        }
        await CreateAsync("bob", """{"title":"Bob's"}""");
        ids.Reverse();
        Assert.Equal(ids, await ListAsync("ada", "limit=7"));
        Assert.Equal(ids.Where((_, i) => (299 - i) % 2 == 0), await ListAsync("ada", "limit=100&tag=EVEN"));
        Assert.Empty(await ListAsync("ada", "limit=100&status=done"));
    }

    [Fact]
    public async Task Due_dates_filter_across_time_zones()
    {
        await CreateAsync("ada", """{"title":"Berlin","due":"2026-03-05T00:30:00+01:00"}""");
        Assert.Single(await ListAsync("ada", "dueBefore=2026-03-05T00:00:00Z"));
        Assert.Empty(await ListAsync("ada", "dueAfter=2026-03-05T00:00:00Z"));
    }

    [Fact]
    public async Task A_deleted_task_is_gone_until_it_is_restored_and_for_good_after_thirty_days()
    {
        var id = await CreateAsync("ada", """{"title":"Oops"}""");
        Assert.Equal(HttpStatusCode.NoContent, (await SendAsync("ada", HttpMethod.Delete, $"/api/tasks/{id}")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("ada", HttpMethod.Get, $"/api/tasks/{id}")).StatusCode);
        Assert.Empty(await ListAsync("ada", ""));
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("ada", HttpMethod.Post, $"/api/tasks/{id}/restore")).StatusCode);
        Assert.Single(await ListAsync("ada", ""));
        await SendAsync("ada", HttpMethod.Delete, $"/api/tasks/{id}");
        Tasks.Time.Advance(TimeSpan.FromDays(31));
        Assert.Equal(HttpStatusCode.NotFound, (await SendAsync("ada", HttpMethod.Post, $"/api/tasks/{id}/restore")).StatusCode);
    }

    [Theory]
    [InlineData("", HttpStatusCode.BadRequest)]
    [InlineData("{}", HttpStatusCode.UnsupportedMediaType)]
    public async Task A_request_in_chunks_of_which_there_are_none_has_no_body(string body, HttpStatusCode status)
    {
        using var request = Tasks.As("ada", HttpMethod.Post, "/api/tasks", new StreamContent(new MemoryStream(Encoding.UTF8.GetBytes(body))));
        request.Headers.TransferEncodingChunked = true;
        using var answer = await Tasks.Http.SendAsync(request);
        Assert.Equal(status, answer.StatusCode);
    }

    [Fact]
    public async Task A_request_without_the_body_that_it_needs_is_400()
    {
        using var request = Tasks.As("ada", HttpMethod.Post, "/api/tasks");
        using var answer = await Tasks.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task Past_the_sidecar_nobody_gets_in_and_nothing_is_stored()
    {
        using var request = Tasks.As("ada", HttpMethod.Post, "/api/tasks", JsonContent.Create(new { title = "Spoofed" }));
        using var answer = await Tasks.Direct.SendAsync(request);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Contains("DIRECT_CALL_REFUSED", await answer.Content.ReadAsStringAsync());
        using var events = await Tasks.Direct.PostAsync("/events/tasks/task.completed", JsonContent.Create(new { }));
        Assert.Equal(HttpStatusCode.Unauthorized, events.StatusCode);
        Assert.Empty(await ListAsync("ada", ""));
        using var health = await Tasks.Direct.GetAsync("/health");
        var body = await health.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(("healthy", "task-orchestrator", "healthy"), (body.GetProperty("status").GetString(), body.GetProperty("service").GetString(), body.GetProperty("components").GetProperty("dapr").GetString()));
        Assert.Contains("http_server_request_duration_seconds_count", await Tasks.Direct.GetStringAsync("/metrics"));
    }
}
