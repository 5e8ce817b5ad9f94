using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Deepiri.Client;

namespace Deepiri.E2E;

/// <summary>Each endpoint of tasks and the game through the gateway, by two users who must not see each other's things.</summary>
public sealed class EveryEndpointTests(EmbeddedPlatform platform) : IClassFixture<EmbeddedPlatform>
{
    private readonly HashSet<string> _called = [];

    [Fact]
    public async Task Tasks_do_what_they_promise_and_stay_their_owners()
    {
        using var ada = await platform.NewUserAsync();
        using var bob = await platform.NewUserAsync();
        var plan = Id(await OkAsync(ada, "POST /api/tasks", body: """{"title":"Plan the trip","estimateMinutes":60,"due":"2030-01-07T18:00:00Z","reminders":[30],"recurrence":{"rule":"FREQ=WEEKLY","timeZone":"Europe/Berlin"}}"""));
        var book = Id(await OkAsync(ada, "POST /api/tasks", body: """{"title":"Book the hotel","estimateMinutes":30}"""));
        Id(await OkAsync(ada, "POST /api/tasks", body: $$"""{"title":"Compare prices","parentId":"{{book}}"}"""));
        Assert.Equal("Pay the rent", (await OkAsync(ada, "POST /api/tasks/parse", body: """{"text":"Pay the rent tomorrow"}""")).GetProperty("title").GetProperty("value").GetString());

        Assert.True((await OkAsync(ada, "POST /api/tasks/{id}/dependencies", [book], $$"""{"dependsOn":"{{plan}}"}""")).GetProperty("isBlocked").GetBoolean());
        Assert.Single((await OkAsync(ada, "GET /api/tasks/{id}/dependencies", [plan])).GetProperty("dependents").EnumerateArray());
        Assert.Equal([plan, book], (await OkAsync(ada, "GET /api/tasks/graph")).GetProperty("criticalPath").EnumerateArray().Select(t => t.GetString()!));
        Assert.Single((await OkAsync(ada, "GET /api/tasks/{id}/subtasks", [book])).GetProperty("items").EnumerateArray());
        Assert.Equal("2030-01-14T18:00:00+00:00", (await OkAsync(ada, "GET /api/tasks/{id}/occurrences", [plan])).GetProperty("items")[0].GetProperty("due").GetString());
        await OkAsync(ada, "PUT /api/tasks/{id}", [book], """{"title":"Book a hotel"}""");
        Assert.Equal(2, (await OkAsync(ada, "GET /api/tasks/{id}/versions", [book])).GetProperty("items").GetArrayLength());
        await OkAsync(ada, "GET /api/tasks/{id}/versions/{version}", [book, "1"]);
        Assert.Equal("Book the hotel", (await OkAsync(ada, "POST /api/tasks/{id}/versions/{version}/revert", [book, "1"])).GetProperty("title").GetString());
        Assert.Equal("Book the hotel", (await OkAsync(ada, "GET /api/tasks/search", query: "?q=hotel")).GetProperty("items")[0].GetProperty("title").GetString());
        Assert.Equal(2, (await OkAsync(ada, "POST /api/tasks/bulk", body: """{"operations":[{"op":"create","task":{"title":"One"}},{"op":"create","task":{"title":"Two"}}]}""")).GetProperty("items").GetArrayLength());

        // Not yet shared: bob must not be able to tell that there is such a task, whatever he asks.
        await AssertClosedAsync(bob, plan, book);
        Assert.Empty((await OkAsync(bob, "GET /api/tasks")).GetProperty("items").EnumerateArray());
        Assert.Empty((await OkAsync(bob, "GET /api/tasks/graph")).GetProperty("tasks").EnumerateArray());
        Assert.Empty((await OkAsync(bob, "GET /api/tasks/search", query: "?q=hotel")).GetProperty("items").EnumerateArray());
        Assert.Equal("[]", (await OkAsync(bob, "GET /api/tasks/export")).GetRawText());

        await OkAsync(ada, "POST /api/tasks/{id}/shares", [book], $$"""{"email":"{{bob.Session!.User.Email}}","role":"editor"}""");
        Assert.Equal("editor", (await OkAsync(bob, "GET /api/tasks/{id}", [book])).GetProperty("role").GetString());
        Assert.Single((await OkAsync(bob, "GET /api/tasks", query: "?scope=shared")).GetProperty("items").EnumerateArray());
        Assert.Single((await OkAsync(bob, "GET /api/tasks/{id}/shares", [book])).GetProperty("items").EnumerateArray());
        await OkAsync(ada, "DELETE /api/tasks/{id}/shares/{userId}", [book, bob.Session.User.Id]);
        await AssertClosedAsync(bob, plan, book);

        var file = await OkAsync(ada, "GET /api/tasks/export", query: "?format=json");
        Assert.Equal(5, (await OkAsync(bob, "POST /api/tasks/import", body: file.GetRawText())).GetProperty("created").GetInt32());
        Assert.Equal(5, (await OkAsync(bob, "GET /api/tasks")).GetProperty("items").GetArrayLength());

        await OkAsync(ada, "POST /api/tasks/{id}/complete", [plan]);
        await Eventually.AssertAsync(async () => Assert.Contains((await ada.NotificationsAsync()).Items, n => n is { Type: "task.unblocked", Title: "You can begin: Book the hotel" }));
        await Eventually.AssertAsync(async () => Assert.Contains((await OkAsync(ada, "GET /api/tasks")).GetProperty("items").EnumerateArray(), t => t.GetProperty("due").GetString() == "2030-01-14T18:00:00+00:00"));
        await OkAsync(ada, "DELETE /api/tasks/{id}/dependencies/{dependsOn}", [book, plan]);
        await OkAsync(ada, "DELETE /api/tasks/{id}", [book]);
        await OkAsync(ada, "POST /api/tasks/{id}/restore", [book]);
        await AssertAllCalledAsync("/api/tasks");
    }

    [Fact]
    public async Task The_game_does_what_it_promises_and_keeps_users_apart()
    {
        using var ada = await platform.NewUserAsync();
        using var bob = await platform.NewUserAsync();
        await using var realtime = await bob.ConnectAsync();
        var party = await OkAsync(ada, "POST /api/gamification/parties", body: """{"name":"Night shift"}""");
        var partyId = Id(party);
        foreach (var (operation, body) in new (string, string?)[] { ("GET /api/gamification/parties/{id}", null), ("PUT /api/gamification/parties/{id}/quest", """{"title":"Two","metric":"tasks","target":2,"days":1}"""), ("DELETE /api/gamification/parties/{id}/members/{userId}", null) })
            await FailAsync(HttpStatusCode.NotFound, bob, operation, [partyId, ada.Session!.User.Id], body);
        Assert.Empty((await OkAsync(bob, "GET /api/gamification/parties")).GetProperty("items").EnumerateArray());
        await OkAsync(bob, "POST /api/gamification/parties/join", body: $$"""{"code":"{{party.GetProperty("code").GetString()}}"}""");
        await OkAsync(ada, "PUT /api/gamification/parties/{id}/quest", [partyId], """{"title":"Two tasks","metric":"tasks","target":2,"days":1}""");
        await ada.CompleteTaskAsync((await ada.CreateTaskAsync("First", "high", 60)).Id);
        Assert.Equal(1, (await realtime.NextAsync("quest-progress", new CancellationTokenSource(TimeSpan.FromSeconds(15)).Token)).GetProperty("progress").GetInt32());
        await bob.CompleteTaskAsync((await bob.CreateTaskAsync("Second", "low")).Id);
        await Eventually.AssertAsync(async () => Assert.Equal((33, 13), ((await OkAsync(ada, "GET /api/gamification/me")).GetProperty("xp").GetInt32(), (await OkAsync(bob, "GET /api/gamification/me")).GetProperty("xp").GetInt32())));
        Assert.False((await OkAsync(bob, "GET /api/gamification/parties/{id}", [partyId])).GetProperty("quest").GetProperty("isOpen").GetBoolean());
        await OkAsync(bob, "DELETE /api/gamification/parties/{id}/members/{userId}", [partyId, bob.Session!.User.Id]);

        // Each sees their own ledger, and of the other nothing but a place on the boards.
        Assert.Equal(["Quest: Two tasks", "First step", "Completed: First"], (await OkAsync(ada, "GET /api/gamification/ledger")).GetProperty("items").EnumerateArray().Select(e => e.GetProperty("reason").GetString()!));
        Assert.DoesNotContain("First\"", (await OkAsync(bob, "GET /api/gamification/ledger")).GetRawText());
        Assert.True((await OkAsync(ada, "GET /api/gamification/achievements")).GetProperty("items").EnumerateArray().Single(a => a.GetProperty("id").GetString() == "first_task").GetProperty("unlocked").GetBoolean());
        await OkAsync(ada, "POST /api/gamification/friends", body: $$"""{"email":"{{bob.Session.User.Email}}"}""");
        Assert.Equal([ada.Session!.User.Id], await BoardAsync(ada, "?scope=friends"));
        await OkAsync(bob, "POST /api/gamification/friends", body: $$"""{"userId":"{{ada.Session.User.Id}}"}""");
        Assert.Equal([ada.Session.User.Id, bob.Session.User.Id], await BoardAsync(ada, "?scope=friends&period=season"));
        Assert.True((await OkAsync(ada, "GET /api/gamification/friends")).GetProperty("items")[0].GetProperty("isMutual").GetBoolean());
        await OkAsync(ada, "DELETE /api/gamification/friends/{userId}", [bob.Session.User.Id]);
        Assert.Equal([bob.Session.User.Id], await BoardAsync(bob, "?scope=friends"));
        await OkAsync(ada, "PUT /api/gamification/preferences", body: """{"publicBoards":false,"streak":"weekdays","timeZone":"Europe/Berlin"}""");
        Assert.False((await OkAsync(ada, "GET /api/gamification/preferences")).GetProperty("publicBoards").GetBoolean());
        Assert.True((await OkAsync(bob, "GET /api/gamification/preferences")).GetProperty("publicBoards").GetBoolean());
        Assert.DoesNotContain(ada.Session.User.Id, await BoardAsync(bob, "?period=monthly&around=me&limit=100"));
        var season = (await OkAsync(ada, "GET /api/gamification/seasons/current")).GetProperty("id").GetString()!;
        await FailAsync(HttpStatusCode.NotFound, ada, "GET /api/gamification/seasons/{id}", [season]);
        await FailAsync(HttpStatusCode.Forbidden, ada, "POST /api/gamification/rebuild");
        await AssertAllCalledAsync("/api/gamification");
    }

    [Fact]
    public async Task Every_field_and_parameter_is_documented_with_an_example()
    {
        var document = await DocumentAsync();
        var fields = document.GetProperty("components").GetProperty("schemas").EnumerateObject().SelectMany(s => Properties(s.Value).Select(p => (Name: $"{s.Name}.{p.Name}", p.Value))).ToList();
        Assert.True(fields.Count > 400);
        Assert.Empty(fields.Where(f => !f.Value.TryGetProperty("description", out _)).Select(f => f.Name));
        // The example of a field that is an object stands with its own fields.
        Assert.Empty(fields.Where(f => !f.Value.TryGetProperty("examples", out _) && !f.Value.GetRawText().Contains("$ref") && !f.Value.TryGetProperty("additionalProperties", out _)).Select(f => f.Name));
        Assert.Empty(fields.Where(f => f.Value.TryGetProperty("examples", out var examples) && f.Value.TryGetProperty("type", out var type) && !KindsOf(examples[0]).Any(type.GetRawText().Contains)).Select(f => $"{f.Name}: {f.Value}"));
        var parameters = document.GetProperty("paths").EnumerateObject().SelectMany(p => p.Value.EnumerateObject().SelectMany(o => o.Value.TryGetProperty("parameters", out var all) ? all.EnumerateArray().Select(q => (Name: $"{o.Name} {p.Name} {q.GetProperty("name").GetString()}", Value: q)) : []));
        Assert.Empty(parameters.Where(p => !p.Value.TryGetProperty("description", out _) || !p.Value.TryGetProperty("example", out _)).Select(p => p.Name));
    }

    /// <summary>What a schema may call the type of a value.</summary>
    private static string[] KindsOf(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => ["string"],
        JsonValueKind.True or JsonValueKind.False => ["boolean"],
        JsonValueKind.Array => ["array"],
        JsonValueKind.Object => ["object"],
        _ => value.TryGetInt64(out _) ? ["integer", "number"] : ["number"],
    };

    private static string Id(JsonElement made) => made.GetProperty("id").GetString()!;

    private static IEnumerable<JsonProperty> Properties(JsonElement schema) => schema.TryGetProperty("properties", out var properties) ? properties.EnumerateObject() : [];

    /// <summary>Everything that can be asked of a task answers as if there were none.</summary>
    private async Task AssertClosedAsync(DeepiriClient stranger, string id, string other)
    {
        var operations = (await DocumentAsync()).GetProperty("paths").EnumerateObject().Where(p => p.Name.StartsWith("/api/tasks/{id}", StringComparison.Ordinal)).SelectMany(p => p.Value.EnumerateObject().Select(o => $"{o.Name.ToUpperInvariant()} {p.Name}")).ToList();
        Assert.True(operations.Count > 15);
        foreach (var operation in operations)
            await FailAsync(HttpStatusCode.NotFound, stranger, operation, [id, operation.Contains("{version}") ? "1" : other], operation switch
            {
                "PUT /api/tasks/{id}" => """{"title":"Mine now"}""",
                "POST /api/tasks/{id}/dependencies" => $$"""{"dependsOn":"{{other}}"}""",
                "POST /api/tasks/{id}/shares" => """{"userId":"me"}""",
                _ => null,
            });
        await FailAsync(HttpStatusCode.UnprocessableEntity, stranger, "POST /api/tasks/bulk", body: $$"""{"operations":[{"op":"delete","id":"{{id}}"}]}""");
        await FailAsync(HttpStatusCode.NotFound, stranger, "POST /api/tasks", body: $$"""{"title":"Part","parentId":"{{id}}"}""");
    }

    private async Task<List<string>> BoardAsync(DeepiriClient client, string query) =>
        [.. (await OkAsync(client, "GET /api/gamification/leaderboard", query: query)).GetProperty("items").EnumerateArray().Select(e => e.GetProperty("userId").GetString()!)];

    private async Task AssertAllCalledAsync(string prefix)
    {
        var all = (await DocumentAsync()).GetProperty("paths").EnumerateObject().Where(p => p.Name.StartsWith(prefix, StringComparison.Ordinal)).SelectMany(p => p.Value.EnumerateObject().Select(o => $"{o.Name.ToUpperInvariant()} {p.Name}"));
        Assert.Empty(all.Except(_called));
    }

    private async Task<JsonElement> DocumentAsync()
    {
        using var http = new HttpClient { BaseAddress = platform.Gateway };
        return await http.GetFromJsonAsync<JsonElement>("/openapi.json");
    }

    private async Task<JsonElement> OkAsync(DeepiriClient client, string operation, string[]? path = null, string? body = null, string query = "")
    {
        using var answer = await SendAsync(client, operation, path ?? [], body, query);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{operation}: {(int)answer.StatusCode} {text}");
        return text.Length == 0 ? default : JsonDocument.Parse(text).RootElement;
    }

    private async Task FailAsync(HttpStatusCode status, DeepiriClient client, string operation, string[]? path = null, string? body = null)
    {
        using var answer = await SendAsync(client, operation, path ?? [], body, "");
        Assert.True(answer.StatusCode == status, $"{operation}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    /// <param name="operation">As the OpenAPI document has it.</param>
    /// <param name="path">What stands for the parameters of the path, in order.</param>
    private Task<HttpResponseMessage> SendAsync(DeepiriClient client, string operation, string[] path, string? body, string query)
    {
        _called.Add(operation);
        var (method, template) = (operation[..operation.IndexOf(' ')], operation[(operation.IndexOf(' ') + 1)..]);
        foreach (var value in path.Take(template.Count(c => c == '{')))
            template = $"{template[..template.IndexOf('{')]}{value}{template[(template.IndexOf('}') + 1)..]}";
        return client.Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), template + query) { Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json") });
    }
}
