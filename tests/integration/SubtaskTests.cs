using System.Net;

namespace Deepiri.IntegrationTests;

public sealed class SubtaskTests : TaskServiceBase
{
    [Fact]
    public async Task Subtasks_go_with_their_parent()
    {
        var parent = await CreateAsync("ada", """{"title":"Move house"}""");
        var (first, second) = (await AddAsync("ada", parent, "Pack"), await AddAsync("ada", parent, "Drive"));
        await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{second}/complete");
        var list = await OkAsync("ada", HttpMethod.Get, $"/api/tasks/{parent}/subtasks");
        Assert.Equal([first, second], list.GetProperty("items").EnumerateArray().Select(t => t.GetProperty("id").GetString()!));
        Assert.Equal(1, list.GetProperty("done").GetInt32());
        await OkAsync("ada", HttpMethod.Delete, $"/api/tasks/{first}");
        Tasks.Time.Advance(TimeSpan.FromSeconds(1));
        await OkAsync("ada", HttpMethod.Delete, $"/api/tasks/{parent}");
        Assert.Empty(await ListAsync("ada", ""));
        await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{parent}/restore");
        Assert.Equal([second, parent], await ListAsync("ada", ""));
        await OkAsync("ada", HttpMethod.Put, $"/api/tasks/{second}", $$"""{"title":"Drive","parentId":"{{parent}}"}""");
        await FailAsync(HttpStatusCode.BadRequest, "ada", HttpMethod.Put, $"/api/tasks/{second}", $$"""{"title":"Drive","parentId":"{{first}}"}""");
        await FailAsync(HttpStatusCode.BadRequest, "ada", HttpMethod.Post, "/api/tasks", $$"""{"title":"x","parentId":"{{second}}"}""");
    }

    [Fact]
    public async Task What_is_shared_is_shared_with_its_subtasks()
    {
        var parent = await CreateAsync("ada", """{"title":"Move house"}""");
        var sub = await AddAsync("ada", parent, "Pack");
        await FailAsync(HttpStatusCode.NotFound, "bob", HttpMethod.Get, $"/api/tasks/{sub}");
        await FailAsync(HttpStatusCode.NotFound, "bob", HttpMethod.Post, "/api/tasks", $$"""{"title":"x","parentId":"{{parent}}"}""");
        await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{parent}/shares", """{"userId":"bob"}""");
        Assert.Equal("viewer", (await OkAsync("bob", HttpMethod.Get, $"/api/tasks/{sub}")).GetProperty("role").GetString());
        await FailAsync(HttpStatusCode.Forbidden, "bob", HttpMethod.Post, $"/api/tasks/{sub}/complete");
        await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{parent}/shares", """{"userId":"bob","role":"editor"}""");
        var his = await OkAsync("bob", HttpMethod.Get, $"/api/tasks/{await AddAsync("bob", parent, "Help")}");
        Assert.Equal(("ada", "editor"), (his.GetProperty("ownerId").GetString(), his.GetProperty("role").GetString()));
        await OkAsync("ada", HttpMethod.Delete, $"/api/tasks/{parent}/shares/bob");
        await FailAsync(HttpStatusCode.NotFound, "bob", HttpMethod.Get, $"/api/tasks/{sub}");
    }

    [Fact]
    public async Task A_recurring_task_comes_again_with_its_subtasks_undone()
    {
        var parent = await CreateAsync("ada", """{"title":"Clean","due":"2026-03-02T18:00:00Z","recurrence":{"rule":"FREQ=WEEKLY"} }""");
        var sub = (await OkAsync("ada", HttpMethod.Post, "/api/tasks", $$"""{"title":"Windows","due":"2026-03-02T12:00:00Z","parentId":"{{parent}}"}""")).GetProperty("id").GetString();
        await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{sub}/complete");
        await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{parent}/complete");
        await Eventually.AssertAsync(async () => Assert.Equal(4, (await ListAsync("ada", "")).Count));
        var next = (await PagesAsync("ada", "/api/tasks?status=todo")).ToDictionary(t => t.GetProperty("title").GetString()!);
        Assert.Equal((next["Clean"].GetProperty("id").GetString(), "2026-03-09T12:00:00+00:00"), (next["Windows"].GetProperty("parentId").GetString(), next["Windows"].GetProperty("due").GetString()));
    }

    [Fact]
    public async Task Leaving_out_one_occurrence_leaves_the_subtasks_of_the_others()
    {
        var parent = await CreateAsync("ada", """{"title":"Clean","due":"2026-03-02T18:00:00Z","recurrence":{"rule":"FREQ=WEEKLY"}}""");
        await AddAsync("ada", parent, "Windows");
        await OkAsync("ada", HttpMethod.Delete, $"/api/tasks/{await AddAsync("ada", parent, "Never again")}");
        Tasks.Time.Advance(TimeSpan.FromSeconds(1));
        await OkAsync("ada", HttpMethod.Delete, $"/api/tasks/{parent}");
        await Eventually.AssertAsync(async () => Assert.Equal(["Clean", "Windows"], (await PagesAsync("ada", "/api/tasks")).Select(t => t.GetProperty("title").GetString()!).Order()));
    }

    [Fact]
    public async Task A_subtask_neither_recurs_by_itself_nor_moves()
    {
        var (parent, other) = (await CreateAsync("ada", """{"title":"P"}"""), await CreateAsync("ada", """{"title":"Q"}"""));
        var sub = await AddAsync("ada", parent, "S");
        await FailAsync(HttpStatusCode.BadRequest, "ada", HttpMethod.Put, $"/api/tasks/{sub}", """{"title":"S","due":"2026-03-02T18:00:00Z","recurrence":{"rule":"FREQ=DAILY"}}""");
        foreach (var operations in new[] { $$"""{"op":"replace","id":"{{sub}}","task":{"title":"S","parentId":"{{other}}"} }""", $$"""{"op":"create","task":{"title":"S2","parentId":"{{parent}}"} },{"op":"delete","id":"{{parent}}"}""" })
            await FailAsync(HttpStatusCode.UnprocessableEntity, "ada", HttpMethod.Post, "/api/tasks/bulk", $$"""{"operations":[{{operations}}]}""");
        await FailAsync(HttpStatusCode.UnprocessableEntity, "ada", HttpMethod.Post, "/api/tasks/bulk", $$"""{"operations":[{{string.Join(',', Enumerable.Repeat($$"""{"op":"create","task":{"title":"S","parentId":"{{parent}}"} }""", 100))}}]}""");
    }

    private async Task<string> AddAsync(string user, string parent, string title)
    {
        // Ids order by the millisecond.
        Tasks.Time.Advance(TimeSpan.FromMilliseconds(1));
        return (await OkAsync(user, HttpMethod.Post, "/api/tasks", $$"""{"title":"{{title}}","parentId":"{{parent}}"}""")).GetProperty("id").GetString()!;
    }
}
