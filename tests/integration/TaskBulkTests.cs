using System.Net;
using System.Text.Json;

namespace Deepiri.IntegrationTests;

public sealed class TaskBulkTests : TaskServiceBase
{
    [Fact]
    public async Task All_operations_happen_each_with_its_result_and_its_event()
    {
        var (a, b, c) = (await CreateAsync("ada", """{"title":"A"}"""), await CreateAsync("ada", """{"title":"B"}"""), await CreateAsync("ada", """{"title":"C"}"""));
        await OkAsync("ada", HttpMethod.Delete, $"/api/tasks/{c}");
        var done = await BulkAsync($$"""{"op":"create","task":{"title":"New"} },{"op":"replace","id":"{{a}}","task":{"title":"A2"} },{"op":"complete","id":"{{b}}"},{"op":"restore","id":"{{c}}"}""");
        Assert.Equal([(201, "New", "todo"), (200, "A2", "todo"), (200, "B", "done"), (200, "C", "todo")], done.Select(i => (i.GetProperty("status").GetInt32(), i.GetProperty("task").GetProperty("title").GetString()!, i.GetProperty("task").GetProperty("status").GetString()!)));
        var deleted = await BulkAsync($$"""{"op":"delete","id":"{{a}}"},{"op":"complete","id":"{{b}}"}""");
        Assert.Equal([204, 200], deleted.Select(i => i.GetProperty("status").GetInt32()));
        Assert.Equal(3, (await ListAsync("ada", "")).Count);
        await Eventually.AssertAsync(() => Assert.Equal(9, Events().Count()));
        Assert.Single(Events("task.completed"));
    }

    [Fact]
    public async Task When_one_fails_nothing_happens_and_every_fault_is_told()
    {
        var (mine, hers) = (await CreateAsync("bob", """{"title":"Mine"}"""), await CreateAsync("ada", """{"title":"Hers"}"""));
        var error = await FailAsync(HttpStatusCode.UnprocessableEntity, "bob", HttpMethod.Post, "/api/tasks/bulk", $$"""
            {"operations":[{"op":"complete","id":"{{mine}}"},{"op":"complete","id":"{{hers}}"},{"op":"create","task":{"title":""} },{"op":"replace","id":"{{mine}}","ifMatch":"stale","task":{"title":"x"} },{"id":"{{mine}}"},{"op":"delete","id":"{{mine}}"},null,{"op":"create"}]}
            """);
        Assert.Equal("BULK_FAILED", error.GetProperty("code").GetString());
        Assert.Equal([(1, 404), (2, 400), (3, 412), (4, 400), (5, 400), (6, 400), (7, 400)], error.GetProperty("details").GetProperty("items").EnumerateArray().Select(i => (i.GetProperty("index").GetInt32(), i.GetProperty("status").GetInt32())));
        Assert.Equal(("todo", 1), ((await OkAsync("bob", HttpMethod.Get, $"/api/tasks/{mine}")).GetProperty("status").GetString(), (await ListAsync("bob", "")).Count));
        await FailAsync(HttpStatusCode.BadRequest, "bob", HttpMethod.Post, "/api/tasks/bulk", """{"operations":[]}""");
        await FailAsync(HttpStatusCode.BadRequest, "bob", HttpMethod.Post, "/api/tasks/bulk", "{}");
    }

    [Fact]
    public async Task Two_at_once_over_the_same_tasks_both_happen_whole()
    {
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
            ids.Add(await CreateAsync("ada", $$"""{"title":"{{i}}"}"""));
        await Task.WhenAll(Enumerable.Range(0, 6).Select(n => BulkAsync(string.Join(',', ids.Select(id => $$"""{"op":"replace","id":"{{id}}","task":{"title":"{{n}}"} }""")))));
        var tasks = await PagesAsync("ada", "/api/tasks");
        Assert.Single(tasks.Select(t => t.GetProperty("title").GetString()).Distinct());
        Assert.All(tasks, t => Assert.Equal(7, t.GetProperty("version").GetInt32()));
    }

    private async Task<List<JsonElement>> BulkAsync(string operations) =>
        [.. (await OkAsync("ada", HttpMethod.Post, "/api/tasks/bulk", $$"""{"operations":[{{operations}}]}""")).GetProperty("items").EnumerateArray()];
}
