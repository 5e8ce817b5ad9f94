using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Deepiri.Client;

namespace Deepiri.E2E;

/// <summary>The first flow over the real processes: a completed task awards XP, moves the leaderboard and reaches a connected client.</summary>
public abstract class FirstFlowTests(Platform platform)
{
    private static CancellationToken Patience => new CancellationTokenSource(TimeSpan.FromSeconds(15)).Token;

    [Fact]
    public async Task A_completed_task_awards_xp_moves_the_leaderboard_and_is_pushed()
    {
        using var ada = await platform.NewUserAsync();
        await using var realtime = await ada.ConnectAsync();
        var task = await ada.CreateTaskAsync("Write the report", "high", 60);
        var completed = await ada.CompleteTaskAsync(task.Id);
        Assert.Equal("done", completed.Status);

        var pushed = await realtime.NextNotificationAsync("points.awarded", Patience);
        Assert.Equal("+30 XP", pushed.GetProperty("title").GetString());
        Assert.Equal("Completed: Write the report", pushed.GetProperty("body").GetString());
        var account = await ada.AccountAsync();
        Assert.Equal((30, 1, 1), (account.Xp, account.Level, account.Streak));
        foreach (var period in new[] { "daily", "weekly", "all" })
        {
            var mine = (await ada.LeaderboardAsync(period, "&around=me&limit=10")).Items.Single(e => e.UserId == ada.Session!.User.Id);
            Assert.Equal(30, mine.Xp);
            Assert.Equal(ada.Session!.User.Username, mine.Username);
        }
        await Eventually.AssertAsync(async () => Assert.Equal(["achievement.unlocked", "points.awarded"], (await ada.NotificationsAsync()).Items.Select(n => n.Type).Order(StringComparer.Ordinal)));
        var notification = (await ada.NotificationsAsync()).Items.Single(n => n.Type == "points.awarded");
        Assert.Equal(pushed.GetProperty("id").GetString(), notification.Id);
        var progress = await ada.SendAsync<JsonElement>(HttpMethod.Get, "/api/users/progress", null);
        Assert.Equal(30, progress.GetProperty("xp").GetInt32());
        Assert.Equal("first_task", progress.GetProperty("achievements")[0].GetString());
        var profile = await ada.SendAsync<JsonElement>(HttpMethod.Get, "/api/users/profile", null);
        Assert.Equal(30, profile.GetProperty("xp").GetInt32());
    }

    [Fact]
    public async Task Everybody_sees_the_leaderboard_move_but_only_the_owner_the_notification()
    {
        using var ada = await platform.NewUserAsync();
        using var bob = await platform.NewUserAsync();
        await using var bobs = await bob.ConnectAsync();
        var task = await ada.CreateTaskAsync("Ada's task");
        await ada.CompleteTaskAsync(task.Id);
        while (true)
        {
            var message = await bobs.Messages.ReadAsync(Patience);
            Assert.NotEqual("notification", message.Target);
            if (message.Target == "leaderboard-updated" && message.Payload.GetProperty("userId").GetString() == ada.Session!.User.Id && message.Payload.GetProperty("xp").GetInt64() > 0)
                return;
        }
    }

    [Theory]
    [InlineData("WebSockets")]
    [InlineData("ServerSentEvents")]
    [InlineData("LongPolling")]
    public async Task The_official_signalr_client_is_notified_over_every_transport(string transport)
    {
        using var ada = await platform.NewUserAsync();
        await using var client = NodeProcess.Start("listen.mjs", platform.Gateway.ToString().TrimEnd('/'), ada.Session!.AccessToken, transport);
        Assert.Equal("connected", (await client.NextAsync()).GetProperty("target").GetString());
        await ada.CompleteTaskAsync((await ada.CreateTaskAsync("Task")).Id);
        // The award and the achievement, in either order.
        var titles = new[] { await client.NextAsync("notification"), await client.NextAsync("notification") }.Select(n => n.GetProperty("payload").GetProperty("title").GetString()!);
        Assert.Equal(["+15 XP", "Achievement: First step"], titles.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_client_that_reconnects_gets_what_it_missed()
    {
        using var ada = await platform.NewUserAsync();
        string last;
        await using (var realtime = await ada.ConnectAsync())
        {
            await ada.CompleteTaskAsync((await ada.CreateTaskAsync("Seen")).Id);
            await realtime.NextAsync("notification", Patience);
            last = (await realtime.NextAsync("notification", Patience)).GetProperty("id").GetString()!;
        }
        for (var i = 0; i < 3; i++)
            await ada.CompleteTaskAsync((await ada.CreateTaskAsync($"Missed {i}")).Id);
        await Eventually.AssertAsync(async () => Assert.Equal(5, (await ada.NotificationsAsync()).Items.Count));
        await using var again = await ada.ConnectAsync();
        var page = await again.InvokeAsync<Page<NotificationInfo>>("Since", last);
        Assert.Equal(3, page.Items.Count);
        Assert.All(page.Items, n => Assert.StartsWith("Completed: Missed", n.Body));
    }

    [Fact]
    public async Task Tokens_verify_with_an_independent_library()
    {
        using var ada = await platform.NewUserAsync();
        await using var jose = NodeProcess.Start("verify.mjs", platform.Gateway.ToString().TrimEnd('/'), ada.Session!.AccessToken);
        var verified = await jose.NextAsync();
        Assert.Equal(ada.Session.User.Id, verified.GetProperty("payload").GetProperty("sub").GetString());
        Assert.Equal("ES256", verified.GetProperty("protectedHeader").GetProperty("alg").GetString());
    }

    /// <summary>On each store, whatever it calls a lost race.</summary>
    [Fact]
    public async Task Eight_generations_at_once_with_one_idempotency_key_are_one()
    {
        using var ada = await platform.NewUserAsync();
        var key = Guid.NewGuid().ToString();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/challenges/generate") { Content = JsonContent.Create(new { topic = "sorting" }) };
            request.Headers.Add("Idempotency-Key", key);
            using var answer = await ada.Http.SendAsync(request);
            return (answer.StatusCode, Location: answer.Headers.Location?.ToString(), Id: (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString());
        }));
        var (status, location, _) = Assert.Single(answers.Distinct());
        Assert.Equal(HttpStatusCode.Accepted, status);
        await Eventually.AssertAsync(async () => Assert.Equal("completed", (await ada.SendAsync<JsonElement>(HttpMethod.Get, location!, null)).GetProperty("status").GetString()));
        Assert.Single((await ada.SendAsync<Page<JsonElement>>(HttpMethod.Get, "/api/challenges?mine=true", null)).Items);
    }

    [Fact]
    public async Task What_belongs_to_somebody_else_is_not_found()
    {
        using var ada = await platform.NewUserAsync();
        using var eve = await platform.NewUserAsync();
        var task = await ada.CreateTaskAsync("Private");
        await ada.CompleteTaskAsync(task.Id);
        await Eventually.AssertAsync(async () => Assert.NotEmpty((await ada.NotificationsAsync()).Items));
        var notification = (await ada.NotificationsAsync()).Items[0];
        foreach (var (method, path) in new[] { (HttpMethod.Get, $"/api/tasks/{task.Id}"), (HttpMethod.Delete, $"/api/tasks/{task.Id}"), (HttpMethod.Post, $"/api/tasks/{task.Id}/complete"), (HttpMethod.Post, $"/api/tasks/{task.Id}/restore"), (HttpMethod.Post, $"/api/notifications/{notification.Id}/read") })
        {
            var refused = await Assert.ThrowsAsync<DeepiriException>(() => eve.SendAsync<JsonElement>(method, path, null));
            Assert.Equal(HttpStatusCode.NotFound, refused.Status);
        }
        Assert.Empty((await eve.SendAsync<Page<TaskInfo>>(HttpMethod.Get, "/api/tasks", null)).Items);
        Assert.Equal("done", (await ada.SendAsync<TaskInfo>(HttpMethod.Get, $"/api/tasks/{task.Id}", null)).Status);
    }

    [Fact]
    public async Task The_request_id_and_the_standard_headers_come_back()
    {
        using var ada = await platform.NewUserAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/tasks");
        request.Headers.Add("X-Request-ID", "my-request-1");
        using var answer = await ada.Http.SendAsync(request);
        Assert.Equal("my-request-1", answer.Headers.GetValues("X-Request-ID").Single());
        Assert.Equal("task-orchestrator", answer.Headers.GetValues("X-Service-Name").Single());
        Assert.NotEmpty(answer.Headers.GetValues("X-Service-Version").Single());
        Assert.EndsWith("ms", answer.Headers.GetValues("X-Response-Time").Single());
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.True(answer.Headers.Contains("RateLimit-Remaining"));
    }

    [Fact]
    public async Task The_openapi_document_has_every_service()
    {
        using var http = new HttpClient { BaseAddress = platform.Gateway };
        var document = await http.GetFromJsonAsync<JsonElement>("/openapi.json");
        var paths = document.GetProperty("paths").EnumerateObject().Select(p => p.Name).ToList();
        foreach (var path in new[] { "/api/auth/login", "/api/tasks/{id}/complete", "/api/gamification/leaderboard", "/api/notifications", "/api/users/profile" })
            Assert.Contains(path, paths);
        Assert.DoesNotContain(paths, p => p.StartsWith("/events", StringComparison.Ordinal));
    }
}

public sealed class FirstFlowOnEmbeddedTests(EmbeddedPlatform platform) : FirstFlowTests(platform), IClassFixture<EmbeddedPlatform>;

public sealed class FirstFlowInMemoryTests(InMemoryPlatform platform) : FirstFlowTests(platform), IClassFixture<InMemoryPlatform>;

public sealed class FirstFlowOnRedisTests(RedisPlatform platform) : FirstFlowTests(platform), IClassFixture<RedisPlatform>;

public sealed class FirstFlowOnRabbitMqTests(RabbitMqPlatform platform) : FirstFlowTests(platform), IClassFixture<RabbitMqPlatform>;

public sealed class FirstFlowOnPostgresTests(PostgresPlatform platform) : FirstFlowTests(platform), IClassFixture<PostgresPlatform>;
