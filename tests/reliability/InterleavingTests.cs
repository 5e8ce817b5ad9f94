using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Deepiri.TestHost.Servers;
using FsCheck;
using FsCheck.Fluent;

namespace Deepiri.Reliability;

/// <summary>
/// Random commands of several writers at once, with events told again, while the connection between a service and its sidecar breaks at random
/// before or after a call is carried out: for what is stored, that is a service that dies between two lines. What must hold then, holds.
/// </summary>
public sealed class InterleavingTests : IAsyncLifetime
{
    private const int Cases = 25;
    private const int Writers = 3;

    private readonly ConcurrentBag<Task> _breaks = [];
    private FaultyProxy? _proxy;
    private ServiceHost _service = null!;
    private int _users;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _service.DisposeAsync();
        await _proxy!.DisposeAsync();
    }

    [Fact]
    public async Task Graphs_stay_without_cycles_and_versions_replay_to_the_present()
    {
        await StartAsync("Deepiri.TaskOrchestrator", "task-orchestrator");
        await ForAllAsync(async (user, commands) =>
        {
            var ids = new List<string>();
            for (var i = 0; i < 4; i++)
                ids.Add((await OkAsync(user, HttpMethod.Post, "/api/tasks", new { title = $"{i}" })).GetProperty("id").GetString()!);
            await WriteAsync(commands, command => CommandAsync(user, ids, command));
            await Eventually.AssertAsync(async () =>
            {
                // The outbox looks every ten seconds for events whose commit was not answered.
                _service.Time.Advance(TimeSpan.FromSeconds(11));
                var graph = (await OkAsync(user, HttpMethod.Get, "/api/tasks/graph")).GetProperty("tasks").EnumerateArray().ToDictionary(t => t.GetProperty("id").GetString()!);
                Assert.All(graph.Keys, id => AssertNoCycle(id, graph, []));
                foreach (var id in ids)
                    await AssertTaskAsync(user, id, graph);
            });
        });
    }

    [Fact]
    public async Task Balances_equal_the_ledger_and_boards_a_naive_sort()
    {
        await StartAsync("Deepiri.Engagement", "engagement-service");
        var everybody = new List<string>();
        await ForAllAsync(async (user, commands) =>
        {
            string[] users = [$"{user}-a", $"{user}-b"];
            everybody.AddRange(users);
            await WriteAsync(commands, command => DeliverAsync(users[command.First % 2], command));
            // A broker delivers until it is told that an event was taken.
            foreach (var command in commands)
                await Eventually.AssertAsync(async () => Assert.True(await DeliverAsync(users[command.First % 2], command)));
            foreach (var one in users)
            {
                var ledger = await LedgerAsync(one);
                Assert.Equal(Enumerable.Range(1, ledger.Count), ledger.Select(e => e.GetProperty("number").GetInt32()).Order());
                var causes = ledger.Where(e => e.GetProperty("kind").GetString() is "task" or "challenge").Select(e => e.GetProperty("reason").GetString()!).ToList();
                Assert.Equal(commands.Where(c => users[c.First % 2] == one).Select(ReasonOf).Distinct().Order(StringComparer.Ordinal), causes.Order(StringComparer.Ordinal));
                Assert.Equal(ledger.Sum(e => e.GetProperty("points").GetInt64()), (await OkAsync(one, HttpMethod.Get, "/api/gamification/me")).GetProperty("xp").GetInt64());
            }
        });
        for (string? cursor = "?limit=100"; cursor is not null;)
        {
            var rebuilt = await OkAsync("root", HttpMethod.Post, $"/api/gamification/rebuild{cursor}", role: "admin");
            Assert.Empty(rebuilt.GetProperty("changed").EnumerateArray());
            cursor = rebuilt.GetProperty("next").GetString() is { } next ? $"?limit=100&cursor={next}" : null;
        }
        var expected = new List<(string User, long Xp, DateTimeOffset At)>();
        foreach (var one in everybody)
            if (await LedgerAsync(one) is { Count: > 0 } ledger)
                expected.Add((one, ledger.Sum(e => e.GetProperty("points").GetInt64()), ledger.Where(e => e.GetProperty("points").GetInt32() > 0).Max(e => e.GetProperty("earnedAt").GetDateTimeOffset())));
        var board = (await OkAsync("root", HttpMethod.Get, "/api/gamification/leaderboard?limit=100")).GetProperty("items").EnumerateArray().Select(e => (User: e.GetProperty("userId").GetString()!, Xp: e.GetProperty("xp").GetInt64())).ToList();
        Assert.Equal(expected.Select(e => (e.User, e.Xp)).Order(), board.Order());
        var times = expected.ToDictionary(e => e.User, e => e.At);
        Assert.Equal(board.OrderByDescending(e => e.Xp).ThenBy(e => times[e.User]).Select(e => (e.Xp, times[e.User])), board.Select(e => (e.Xp, times[e.User])));
    }

    /// <summary>What somebody does: a kind, two choices, and how the connection breaks meanwhile.</summary>
    private sealed record Command(int Kind, int First, int Second, int Fate);

    private async Task StartAsync(string assembly, string appId) =>
        _service = await ServiceHost.StartAsync(assembly, appId, through: port => (_proxy = new FaultyProxy(port)).Port);

    private async Task ForAllAsync(Func<string, IReadOnlyList<Command>, Task> property)
    {
        var commands = Gen.Choose(0, 1000).Four().Select(n => new Command(n.Item1, n.Item2, n.Item3, n.Item4)).ListOf();
        foreach (var sample in commands.Sample(40, Cases))
        {
            var user = $"user{_users++}";
            try
            {
                await property(user, [.. sample]);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"{user}: {string.Join(" ", sample)}", e);
            }
        }
        // Else nothing was shown.
        Assert.True(_breaks.Count(b => b.IsCompletedSuccessfully) > 20, $"{_breaks.Count(b => b.IsCompletedSuccessfully)} calls were broken.");
    }

    /// <summary>The writers take turns at the commands, all at once; then the connection is whole again.</summary>
    private async Task WriteAsync(IReadOnlyList<Command> commands, Func<Command, Task> run)
    {
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            foreach (var command in commands.Where((_, i) => i % Writers == writer))
            {
                if (command.Fate % 3 == 0)
                    _breaks.Add(_proxy!.BreakNext(command.Fate % 2 == 0 ? Fault.RequestLost : Fault.ReplyLost, request => request.Contains("store", StringComparison.Ordinal)));
                await run(command);
            }
        })));
        _proxy!.Heal();
    }

    private async Task CommandAsync(string user, List<string> ids, Command command)
    {
        var (a, b) = (ids[command.First % ids.Count], ids[command.Second % ids.Count]);
        // Each may fail: it breaks, somebody else is faster, or there is nothing to do.
        using var answer = await ((command.Kind % 8) switch
        {
            0 or 1 => SendAsync(user, HttpMethod.Post, $"/api/tasks/{a}/dependencies", new { dependsOn = b }),
            2 => SendAsync(user, HttpMethod.Delete, $"/api/tasks/{a}/dependencies/{b}"),
            3 => SendAsync(user, HttpMethod.Put, $"/api/tasks/{a}", new { title = $"{command.Second}", status = command.Second % 2 == 0 ? "todo" : "in_progress" }),
            4 => SendAsync(user, HttpMethod.Post, $"/api/tasks/{a}/complete"),
            5 => SendAsync(user, HttpMethod.Post, "/api/tasks/bulk", new { operations = new[] { new { op = "complete", id = a }, new { op = "complete", id = b } } }),
            6 => SendAsync(user, HttpMethod.Post, $"/api/tasks/{a}/versions/{(command.Second % 3) + 1}/revert"),
            _ => _service.Http.PostAsync("/events/tasks/task.updated", JsonContent.Create(new { id = $"{command.Second}", source = "test", data = new { taskId = a, userId = user, title = "x", status = "todo", priority = "low", occurredAt = DateTimeOffset.UnixEpoch, version = command.Second % 5 } })),
        });
        Assert.True((int)answer.StatusCode is < 500 or 500 or 503, $"{answer.StatusCode}");
    }

    private static void AssertNoCycle(string id, Dictionary<string, JsonElement> graph, HashSet<string> way)
    {
        Assert.True(way.Add(id), "There is a cycle.");
        foreach (var on in graph[id].GetProperty("dependsOn").EnumerateArray())
            AssertNoCycle(on.GetString()!, graph, way);
        way.Remove(id);
    }

    /// <summary>The versions, one on the other, are the task as it is; and the graph knows it as it is.</summary>
    private async Task AssertTaskAsync(string user, string id, Dictionary<string, JsonElement> graph)
    {
        var task = await OkAsync(user, HttpMethod.Get, $"/api/tasks/{id}");
        var versions = (await OkAsync(user, HttpMethod.Get, $"/api/tasks/{id}/versions?limit=100")).GetProperty("items").EnumerateArray().Reverse().ToList();
        Assert.Equal(Enumerable.Range(1, task.GetProperty("version").GetInt32()), versions.Select(v => v.GetProperty("version").GetInt32()));
        var fields = new Dictionary<string, string>();
        foreach (var change in versions.SelectMany(v => v.GetProperty("changes").EnumerateArray()))
        {
            var field = change.GetProperty("field").GetString()!;
            Assert.Equal(fields.GetValueOrDefault(field, "null"), change.GetProperty("from").GetRawText());
            fields[field] = change.GetProperty("to").GetRawText();
        }
        Assert.Equal((task.GetProperty("title").GetRawText(), task.GetProperty("status").GetRawText()), (fields["title"], fields["status"]));
        if (graph.TryGetValue(id, out var known))
            Assert.Equal(task.GetProperty("status").GetString() == "done" ? "done" : task.GetProperty("isBlocked").GetBoolean() ? "blocked" : "ready", known.GetProperty("state").GetString());
    }

    /// <summary>True when the event was taken.</summary>
    private async Task<bool> DeliverAsync(string user, Command command)
    {
        var at = _service.Time.GetUtcNow().AddHours(-(command.Second % 70));
        var (path, data) = command.Kind % 2 == 0
            ? ("/events/tasks/task.completed", (object)new { taskId = $"{user}-{command.Second % 9}", userId = user, title = $"{command.Second % 9}", status = "done", priority = "urgent", estimateMinutes = 600, occurredAt = at, requestId = "r" })
            : ("/events/challenges/challenge.completed", new { submissionId = "s", challengeId = $"{command.Second % 7}", userId = user, title = $"{command.Second % 7}", topic = "math", difficulty = "easy", succeeded = true, attempt = 1, isFirstSuccess = true, xpReward = 40, occurredAt = at, requestId = "r" });
        using var answer = await _service.Http.PostAsync(path, JsonContent.Create(new { id = $"{command.Kind}", source = "test", data }));
        return answer.IsSuccessStatusCode;
    }

    private static string ReasonOf(Command command) => command.Kind % 2 == 0 ? $"Completed: {command.Second % 9}" : $"Solved: {command.Second % 7}";

    private async Task<List<JsonElement>> LedgerAsync(string user) =>
        [.. (await OkAsync(user, HttpMethod.Get, "/api/gamification/ledger?limit=100")).GetProperty("items").EnumerateArray()];

    private async Task<JsonElement> OkAsync(string user, HttpMethod method, string path, object? body = null, string role = "user")
    {
        using var answer = await SendAsync(user, method, path, body, role);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {(int)answer.StatusCode} {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    private Task<HttpResponseMessage> SendAsync(string user, HttpMethod method, string path, object? body = null, string role = "user") =>
        _service.Http.SendAsync(_service.As(user, method, path, body is null ? null : new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"), role));
}
