using System.Net;
using System.Text.Json;

namespace Deepiri.IntegrationTests;

public sealed class TaskDependencyTests : TaskServiceBase
{
    [Fact]
    public async Task A_task_is_blocked_until_what_it_depends_on_is_done_and_its_owner_is_told()
    {
        var (plan, build, ship) = (await CreateAsync("ada", """{"title":"Plan"}"""), await CreateAsync("ada", """{"title":"Build"}"""), await CreateAsync("ada", """{"title":"Ship"}"""));
        await DependAsync(build, plan);
        var added = await DependAsync(ship, build);
        Assert.Equal((true, "Build", "blocked"), (added.GetProperty("isBlocked").GetBoolean(), added.GetProperty("dependsOn")[0].GetProperty("title").GetString(), added.GetProperty("dependsOn")[0].GetProperty("state").GetString()));
        Assert.True((await OkAsync("ada", HttpMethod.Get, $"/api/tasks/{build}")).GetProperty("isBlocked").GetBoolean());
        await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{plan}/complete", requestId: "req-9");
        Assert.False((await OkAsync("ada", HttpMethod.Get, $"/api/tasks/{build}")).GetProperty("isBlocked").GetBoolean());
        Assert.True((await OkAsync("ada", HttpMethod.Get, $"/api/tasks/{ship}")).GetProperty("isBlocked").GetBoolean());
        await Eventually.AssertAsync(() => Assert.Single(Events("task.unblocked")));
        var told = Events("task.unblocked").Single().GetProperty("data");
        Assert.Equal((build, "ada", "Build", "Plan", "req-9"), (told.GetProperty("taskId").GetString(), told.GetProperty("userId").GetString(), told.GetProperty("title").GetString(), told.GetProperty("completedTitle").GetString(), told.GetProperty("requestId").GetString()));
        // What is undone again blocks again.
        await OkAsync("ada", HttpMethod.Put, $"/api/tasks/{plan}", """{"title":"Plan","status":"todo"}""");
        Assert.True((await OkAsync("ada", HttpMethod.Get, $"/api/tasks/{build}")).GetProperty("isBlocked").GetBoolean());
        await OkAsync("ada", HttpMethod.Delete, $"/api/tasks/{plan}");
        Assert.False((await OkAsync("ada", HttpMethod.Get, $"/api/tasks/{build}")).GetProperty("isBlocked").GetBoolean());
        await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{plan}/restore");
        await OkAsync("ada", HttpMethod.Delete, $"/api/tasks/{build}/dependencies/{plan}");
        Assert.False((await OkAsync("ada", HttpMethod.Get, $"/api/tasks/{build}")).GetProperty("isBlocked").GetBoolean());
    }

    [Fact]
    public async Task A_cycle_is_refused_and_shown()
    {
        var (a, b, c) = (await CreateAsync("ada", """{"title":"A"}"""), await CreateAsync("ada", """{"title":"B"}"""), await CreateAsync("ada", """{"title":"C"}"""));
        await DependAsync(a, b);
        await DependAsync(b, c);
        var error = await FailAsync(HttpStatusCode.Conflict, "ada", HttpMethod.Post, $"/api/tasks/{c}/dependencies", $$"""{"dependsOn":"{{a}}"}""");
        Assert.Equal(("DEPENDENCY_CYCLE", true), (error.GetProperty("code").GetString(), error.GetProperty("message").GetString()!.Contains("C → A → B → C")));
        Assert.Equal([c, a, b, c], error.GetProperty("details").GetProperty("path").EnumerateArray().Select(p => p.GetString()!));
        await FailAsync(HttpStatusCode.Conflict, "ada", HttpMethod.Post, $"/api/tasks/{a}/dependencies", $$"""{"dependsOn":"{{a}}"}""");
    }

    [Fact]
    public async Task Of_a_long_cycle_the_ends_are_shown()
    {
        await OkAsync("ada", HttpMethod.Post, "/api/tasks/import", $"[{string.Join(',', Enumerable.Range(0, 100).Select(i => $$"""{"uid":"{{i}}","title":"T{{i}}","dependsOn":[{{(i == 0 ? "" : $"\"{i - 1}\"")}}]}"""))}]");
        var ids = (await PagesAsync("ada", "/api/tasks?limit=100")).ToDictionary(t => t.GetProperty("title").GetString()!, t => t.GetProperty("id").GetString());
        var error = await FailAsync(HttpStatusCode.Conflict, "ada", HttpMethod.Post, $"/api/tasks/{ids["T0"]}/dependencies", $$"""{"dependsOn":"{{ids["T99"]}}"}""");
        Assert.Contains("T0 → T99 → T98", error.GetProperty("message").GetString());
        Assert.Contains("→ … →", error.GetProperty("message").GetString());
        Assert.Contains("T1 → T0.", error.GetProperty("message").GetString());
        Assert.Equal(41, error.GetProperty("details").GetProperty("path").GetArrayLength());
    }

    [Fact]
    public async Task Two_at_once_cannot_close_a_cycle_between_them()
    {
        var ids = new List<string>();
        for (var i = 0; i < 6; i++)
            ids.Add(await CreateAsync("ada", $$"""{"title":"{{i}}"}"""));
        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => SendAsync("ada", HttpMethod.Post, $"/api/tasks/{ids[i]}/dependencies", $$"""{"dependsOn":"{{ids[(i + 1) % 6]}}"}""")));
        var graph = await OkAsync("ada", HttpMethod.Get, "/api/tasks/graph");
        Assert.Equal(5, graph.GetProperty("tasks").EnumerateArray().Sum(t => t.GetProperty("dependsOn").GetArrayLength()));
    }

    [Fact]
    public async Task The_graph_tells_of_the_critical_path_and_the_earliest_finish()
    {
        var design = await CreateAsync("ada", """{"title":"Design","estimateMinutes":60}""");
        var write = await CreateAsync("ada", """{"title":"Write","estimateMinutes":120}""");
        var draw = await CreateAsync("ada", """{"title":"Draw","estimateMinutes":30}""");
        var print = await CreateAsync("ada", """{"title":"Print","estimateMinutes":10}""");
        await DependAsync(write, design);
        await DependAsync(draw, design);
        await DependAsync(print, write);
        await DependAsync(print, draw);
        var graph = await OkAsync("ada", HttpMethod.Get, "/api/tasks/graph");
        Assert.Equal([design, write, print], graph.GetProperty("criticalPath").EnumerateArray().Select(i => i.GetString()!));
        Assert.Equal((190, "2026-03-02T13:10:00+00:00"), (graph.GetProperty("remainingMinutes").GetInt32(), graph.GetProperty("earliestFinish").GetString()));
        Assert.Equal(90, graph.GetProperty("tasks").EnumerateArray().Single(t => t.GetProperty("title").GetString() == "Draw").GetProperty("slackMinutes").GetInt32());
        await OkAsync("ada", HttpMethod.Post, $"/api/tasks/{design}/complete");
        Assert.Equal(130, (await OkAsync("ada", HttpMethod.Get, "/api/tasks/graph")).GetProperty("remainingMinutes").GetInt32());
    }

    [Fact]
    public async Task Others_tasks_are_neither_shown_nor_to_be_depended_on()
    {
        var (mine, hers) = (await CreateAsync("bob", """{"title":"Mine"}"""), await CreateAsync("ada", """{"title":"Hers"}"""));
        await FailAsync(HttpStatusCode.NotFound, "bob", HttpMethod.Post, $"/api/tasks/{mine}/dependencies", $$"""{"dependsOn":"{{hers}}"}""");
        await FailAsync(HttpStatusCode.NotFound, "bob", HttpMethod.Get, $"/api/tasks/{hers}/dependencies");
        await FailAsync(HttpStatusCode.BadRequest, "bob", HttpMethod.Post, $"/api/tasks/{mine}/dependencies", "{}");
        await FailAsync(HttpStatusCode.NotFound, "bob", HttpMethod.Post, $"/api/tasks/{mine}/dependencies", """{"dependsOn":"x"}""");
    }

    private Task<JsonElement> DependAsync(string id, string on) => OkAsync("ada", HttpMethod.Post, $"/api/tasks/{id}/dependencies", $$"""{"dependsOn":"{{on}}"}""");
}
