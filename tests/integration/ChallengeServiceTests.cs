using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Deepiri.IntegrationTests;

/// <summary>challenge-service with its neighbours played by the test.</summary>
public sealed class ChallengeServiceTests : IAsyncLifetime
{
    private TestApp _cyrex = null!;
    private TestApp _engagement = null!;
    private TestApp _notification = null!;
    private ServiceHost _challenges = null!;

    public async Task InitializeAsync()
    {
        (_cyrex, _engagement, _notification) = (await TestApp.StartAsync(), await TestApp.StartAsync(), await TestApp.StartAsync());
        _cyrex.Answer = (context, _) => FailAsync(context);
        _engagement.Answer = (context, _) => context.Response.WriteAsJsonAsync(new { level = 4 });
        _notification.Answer = (context, _) => context.Response.WriteAsJsonAsync(new { id = "1" });
        _notification.Subscriptions = """[{"pubsubname":"pubsub","topic":"challenges","route":"/events"}]""";
        var neighbours = new Dictionary<string, TestApp> { ["cyrex"] = _cyrex, ["engagement-service"] = _engagement, ["notification-service"] = _notification };
        _challenges = await ServiceHost.StartAsync("Deepiri.Challenge", "challenge-service", neighbours);
    }

    public async Task DisposeAsync() => await _challenges.DisposeAsync();

    [Fact]
    public async Task Without_cyrex_rules_choose_and_make_a_challenge_and_every_neighbour_hears_the_requests_id()
    {
        var (status, challenge) = await GenerateAsync("ada", new { topic = "math" }, ("X-Request-ID", "my-request"));
        Assert.Equal((HttpStatusCode.Created, "rules", "math"), (status, Text(challenge, "source"), Text(challenge, "topic")));
        Assert.Equal(["/challenges/select", "/challenges/generate"], _cyrex.Requests.Select(r => r.Path));
        Assert.All(_cyrex.Requests.Concat(_engagement.Requests).Concat(_notification.To("/api/notifications")), r => Assert.Equal("my-request", r.Headers["X-Request-ID"]));
        Assert.Equal(4, JsonDocument.Parse(_cyrex.Requests.First().Body).RootElement.GetProperty("userProfile").GetProperty("level").GetInt32());
    }

    /// <summary>A solution that calls itself the platform's own is a stranger's all the same.</summary>
    [Theory]
    [InlineData("def solve(n):\n    return n + 1")]
    [InlineData("import os\ndef solve(n):\n    return len(os.listdir('/root')) * 0 + n * 2")]
    public async Task What_cyrex_makes_is_believed_only_when_it_passes_its_tests_in_the_sandbox(string solution)
    {
        _cyrex.Answer = async (context, request) =>
        {
            if (request.Path == "/challenges/select")
                await context.Response.WriteAsJsonAsync(new { topic = "math", difficulty = "easy", source = "model" });
            else
                await context.Response.WriteAsJsonAsync(new { title = "Forged", description = "d", topic = "math", difficulty = "easy", language = "python", starterCode = "s", solution, testCases = new[] { new { input = "[2]", expectedOutput = "4", hidden = false } }, tags = new[] { "math" }, xpReward = 10, source = "rules" });
        };
        var (status, challenge) = await GenerateAsync("ada", new { });
        Assert.Equal((HttpStatusCode.Created, "math", "easy"), (status, Text(challenge, "topic"), Text(challenge, "difficulty")));
        Assert.NotEqual("Forged", Text(challenge, "title"));
    }

    [Fact]
    public async Task A_generation_that_failed_gives_its_key_back_and_tells_the_user_by_an_event()
    {
        _notification.Answer = (context, request) => request.Path == "/events" ? Task.CompletedTask : FailAsync(context);
        var key = ("Idempotency-Key", "k");
        var first = await StartAsync("ada", key);
        JsonElement failed = default;
        await Eventually.AssertAsync(async () =>
        {
            _challenges.Time.Advance(TimeSpan.FromSeconds(1));
            failed = await GetAsync("ada", first);
            Assert.Equal("failed", Text(failed, "status"));
        });
        Assert.Equal(["undone", "undone", "failed"], failed.GetProperty("steps").EnumerateArray().Skip(4).Select(s => Text(s, "status")));
        await Eventually.AssertAsync(() => Assert.Equal("notify", _notification.To("/events").Select(r => JsonDocument.Parse(r.Body).RootElement)
            .Single(e => Text(e, "type") == "challenge.generation.failed").GetProperty("data").GetProperty("step").GetString()));
        Assert.Empty((await GetAsync("ada", "/api/challenges?mine=true")).GetProperty("items").EnumerateArray());
        Assert.Empty((await GetAsync("ada", "/api/challenges")).GetProperty("items").EnumerateArray());

        _notification.Answer = (context, _) => context.Response.WriteAsJsonAsync(new { id = "1" });
        var second = await StartAsync("ada", key);
        Assert.NotEqual(first, second);
        await Eventually.AssertAsync(async () => Assert.Equal("completed", Text(await GetAsync("ada", second), "status")));
        Assert.Equal(second, await StartAsync("ada", key));
        Assert.Single((await GetAsync("ada", "/api/challenges?mine=true")).GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task A_submission_counts_once_for_each_key_and_its_event_once_however_often_it_comes()
    {
        var (_, challenge) = await GenerateAsync("ada", new { topic = "strings", difficulty = "easy", language = "python" });
        var path = $"/api/challenges/{Text(challenge, "id")}";
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => SubmitAsync(path, "def solve(*a): pass", "same")));
        // One solution of a user is run at a time; of those that get through, the same one is counted.
        Assert.All(answers, a => Assert.True(a.Status == HttpStatusCode.TooManyRequests || (a.Status == HttpStatusCode.Created && a.Body.GetProperty("attempt").GetInt32() == 1), a.ToString()));
        var again = await SubmitAsync(path, "def solve(*a): pass", "same");
        Assert.Equal((HttpStatusCode.Created, 1), (again.Status, again.Body.GetProperty("attempt").GetInt32()));
        Assert.All(answers.Where(a => a.Status == HttpStatusCode.Created), a => Assert.Equal(again.Body.ToString(), a.Body.ToString()));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await SubmitAsync(path, "def solve(*a): return 1", "same")).Status);
        Assert.Equal(2, (await SubmitAsync(path, "def solve(*a): return 1", "other")).Body.GetProperty("attempt").GetInt32());

        await Eventually.AssertAsync(() => Assert.Equal(2, Completed().Count));
        foreach (var told in Completed().Concat(Completed()))
            (await _challenges.Http.PostAsync("/events/challenges/challenge.completed", new StringContent(told, System.Text.Encoding.UTF8, "application/json"))).EnsureSuccessStatusCode();
        await Eventually.AssertAsync(async () =>
        {
            var stats = await GetAsync("eve", path + "/stats");
            Assert.Equal((2, 1, 0), (stats.GetProperty("attempts").GetInt32(), stats.GetProperty("learners").GetInt32(), stats.GetProperty("completions").GetInt32()));
        });
    }

    /// <summary>A solution that reads on in the inputs of its run finds those that it sees anyway.</summary>
    [Fact]
    public async Task Hidden_tests_are_not_in_the_run_whose_results_are_shown()
    {
        var (_, challenge) = await GenerateAsync("ada", new { topic = "strings", difficulty = "easy", language = "python" });
        var (_, verdict) = await SubmitAsync($"/api/challenges/{Text(challenge, "id")}", "import sys\ndef solve(*a):\n    return sys.stdin.read()", "k");
        var shown = challenge.GetProperty("testCases").EnumerateArray().Select(t => Text(t, "input")).ToList();
        Assert.Equal(string.Concat(shown.Skip(1).Select(i => i + "\n")), JsonSerializer.Deserialize<string>(Text(verdict.GetProperty("tests")[0], "output")));
    }

    [Fact]
    public async Task Only_the_newest_submissions_are_kept()
    {
        var (_, challenge) = await GenerateAsync("ada", new { topic = "math", difficulty = "easy", language = "python" });
        var path = $"/api/challenges/{Text(challenge, "id")}";
        foreach (var attempt in Enumerable.Range(1, 52))
            Assert.Equal(attempt, (await SubmitAsync(path, "def solve(", $"{attempt}")).Body.GetProperty("attempt").GetInt32());
        var attempts = new List<int>();
        for (var cursor = ""; cursor is not null;)
        {
            var page = await GetAsync("ada", $"{path}/submissions?limit=20{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}");
            attempts.AddRange(page.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("attempt").GetInt32()));
            cursor = page.GetProperty("next").GetString();
        }
        Assert.Equal(Enumerable.Range(3, 50).Reverse(), attempts);
    }

    private List<string> Completed() => [.. _notification.To("/events").Select(r => r.Body).Where(b => Text(JsonDocument.Parse(b).RootElement, "type") == "challenge.completed").Distinct()];

    private async Task<(HttpStatusCode Status, JsonElement Challenge)> GenerateAsync(string user, object wish, params (string, string)[] headers)
    {
        using var answer = await SendAsync(user, "/api/challenges/generate", wish, [("Prefer", "wait=20"), .. headers]);
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>());
    }

    private async Task<string> StartAsync(string user, (string, string) header)
    {
        using var answer = await SendAsync(user, "/api/challenges/generate", new { topic = "math" }, header);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        return answer.Headers.Location!.ToString();
    }

    private async Task<(HttpStatusCode Status, JsonElement Body)> SubmitAsync(string path, string code, string key)
    {
        using var answer = await SendAsync("ada", path + "/submissions", new { code }, ("Idempotency-Key", key));
        return (answer.StatusCode, await answer.Content.ReadFromJsonAsync<JsonElement>());
    }

    private async Task<HttpResponseMessage> SendAsync(string user, string path, object body, params (string Name, string Value)[] headers)
    {
        using var request = _challenges.As(user, HttpMethod.Post, path, JsonContent.Create(body));
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        return await _challenges.Http.SendAsync(request);
    }

    private async Task<JsonElement> GetAsync(string user, string path)
    {
        using var answer = await _challenges.Http.SendAsync(_challenges.As(user, HttpMethod.Get, path));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private static string Text(JsonElement item, string name) => item.GetProperty(name).GetString()!;

    private static Task FailAsync(HttpContext context)
    {
        context.Response.StatusCode = 500;
        return Task.CompletedTask;
    }
}
