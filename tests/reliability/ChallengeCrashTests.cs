using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Deepiri.Client;

namespace Deepiri.Reliability;

/// <summary>Kills in the middle of a generation: one stored challenge and one notification come of it, or one clear failure and nothing stored.</summary>
public sealed class ChallengeCrashTests : IDisposable
{
    private static readonly string[] s_steps = ["load_profile", "select", "generate", "verify", "store", "publish", "notify"];
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("cyrex")]
    [InlineData("challenge-service")]
    [InlineData("runner")]
    public async Task Killed_at_each_step_in_turn_it_ends_once(string victim)
    {
        await using var platform = await PlatformProcess.StartAsync(_directory.Path);
        using (var first = platform.Client())
            await first.RegisterAsync("ada", "ada@example.com", "correct horse battery");
        var expected = 0;
        foreach (var step in s_steps)
        {
            string location;
            using (var ada = await SignedInAsync(platform))
            {
                location = await StartAsync(ada);
                await ReachedAsync(ada, location, step);
                await KillAsync(platform, victim);
            }
            using var again = await SignedInAsync(platform);
            JsonElement generation = default;
            await Eventually.AssertAsync(async () =>
            {
                generation = await again.SendAsync<JsonElement>(HttpMethod.Get, location, null);
                Assert.NotEqual("running", generation.GetProperty("status").GetString());
            }, TimeSpan.FromSeconds(90));
            Assert.Equal("completed", generation.GetProperty("status").GetString());
            Assert.All(generation.GetProperty("steps").EnumerateArray(), s => Assert.Equal("done", s.GetProperty("status").GetString()));
            expected++;
            var stored = await again.SendAsync<Page<JsonElement>>(HttpMethod.Get, "/api/challenges?mine=true&limit=100", null);
            Assert.Equal(expected, stored.Items.Count);
            Assert.Contains(stored.Items, c => c.GetProperty("id").GetString() == generation.GetProperty("challengeId").GetString());
            await Eventually.AssertAsync(async () => Assert.Equal(expected, (await again.NotificationsAsync()).Items.Count(n => n.Type == "challenge.generated")), TimeSpan.FromSeconds(30));
            // The runner waits longer after each crash of the same app.
            if (victim != "runner" && expected % 2 == 0)
            {
                await platform.RunAsync("down");
                await platform.UpAsync();
            }
        }
    }

    [Fact]
    public async Task Without_cyrex_rules_make_the_challenge_and_the_platform_is_degraded()
    {
        await using var platform = await PlatformProcess.StartAsync(_directory.Path);
        using var ada = platform.Client();
        await ada.RegisterAsync("ada", "ada@example.com", "correct horse battery");
        using var stop = new CancellationTokenSource();
        // The runner starts it again and again; it is ended as often.
        var ending = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await platform.RefreshAsync();
                if (platform.App("cyrex").GetProperty("pid") is { ValueKind: JsonValueKind.Number } pid)
                    Kill(pid.GetInt32());
            }
        });
        await Eventually.AssertAsync(async () =>
        {
            var health = await ada.SendAsync<JsonElement>(HttpMethod.Get, "/health", null);
            Assert.Equal(("degraded", "degraded"), (health.GetProperty("status").GetString(), health.GetProperty("components").GetProperty("cyrex").GetString()));
        }, TimeSpan.FromSeconds(30));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/challenges/generate") { Content = JsonContent.Create(new { topic = "arrays" }) };
        request.Headers.Add("Prefer", "wait=30");
        using var created = await ada.Http.SendAsync(request);
        var challenge = await created.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal(("rules", "arrays"), (challenge.GetProperty("source").GetString(), challenge.GetProperty("topic").GetString()));
        await stop.CancelAsync();
        await ending;
        await Eventually.AssertAsync(async () => Assert.Equal("healthy", (await ada.SendAsync<JsonElement>(HttpMethod.Get, "/health", null)).GetProperty("status").GetString()), TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task A_step_that_fails_for_good_undoes_what_was_stored_and_the_user_is_told()
    {
        await using var platform = await PlatformProcess.StartAsync(_directory.Path);
        using var ada = platform.Client();
        await ada.RegisterAsync("ada", "ada@example.com", "correct horse battery");
        // Stopped, not killed: the runner does not start it again, and nobody can be notified.
        await platform.RefreshAsync();
        var notification = platform.App("notification-service").GetProperty("pid").GetInt32();
        Signal(notification, "STOP");
        var location = await StartAsync(ada);
        await Eventually.AssertAsync(async () =>
        {
            var generation = await ada.SendAsync<JsonElement>(HttpMethod.Get, location, null);
            Assert.Equal("failed", generation.GetProperty("steps").EnumerateArray().Last().GetProperty("status").GetString());
        }, TimeSpan.FromSeconds(120));
        Signal(notification, "CONT");
        JsonElement failed = default;
        await Eventually.AssertAsync(async () =>
        {
            failed = await ada.SendAsync<JsonElement>(HttpMethod.Get, location, null);
            Assert.Equal("failed", failed.GetProperty("status").GetString());
        }, TimeSpan.FromSeconds(60));
        Assert.Equal(["undone", "undone", "failed"], failed.GetProperty("steps").EnumerateArray().Skip(4).Select(s => s.GetProperty("status").GetString()));
        Assert.Contains("notify", failed.GetProperty("error").GetString());
        Assert.Empty((await ada.SendAsync<Page<JsonElement>>(HttpMethod.Get, "/api/challenges?mine=true", null)).Items);
        await Eventually.AssertAsync(async () => Assert.Single((await ada.NotificationsAsync()).Items, n => n.Type == "challenge.generation.failed"), TimeSpan.FromSeconds(30));
    }

    private static async Task<string> StartAsync(DeepiriClient client)
    {
        using var accepted = await client.Http.PostAsJsonAsync("/api/challenges/generate", new { topic = "math", language = "python" });
        Assert.True(accepted.IsSuccessStatusCode, await accepted.Content.ReadAsStringAsync());
        return accepted.Headers.Location!.ToString();
    }

    /// <summary>Looks as often as it can, until the step has begun.</summary>
    private static async Task ReachedAsync(DeepiriClient client, string location, string step)
    {
        var limit = Stopwatch.StartNew();
        while (limit.Elapsed < TimeSpan.FromSeconds(30))
        {
            var generation = await client.SendAsync<JsonElement>(HttpMethod.Get, location, null);
            if (generation.GetProperty("steps").EnumerateArray().Single(s => s.GetProperty("name").GetString() == step).GetProperty("status").GetString() != "pending")
                return;
        }
        Assert.Fail($"The step {step} has not begun.");
    }

    private static async Task KillAsync(PlatformProcess platform, string victim)
    {
        if (victim == "runner")
        {
            await platform.KillRunnerAsync();
            await platform.UpAsync();
            return;
        }
        Kill(platform.App(victim).GetProperty("pid").GetInt32());
        // Only when it is there again is there somebody to ask, and a pid to kill the next time.
        await Eventually.AssertAsync(async () =>
        {
            await platform.RefreshAsync();
            Assert.Equal("healthy", platform.App(victim).GetProperty("state").GetString());
        }, TimeSpan.FromSeconds(60));
    }

    private static void Kill(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            process.Kill();
        }
        catch (ArgumentException)
        {
            // It has ended meanwhile.
        }
    }

    private static void Signal(int pid, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{pid}"]);
        kill.WaitForExit();
    }

    private static async Task<DeepiriClient> SignedInAsync(PlatformProcess platform)
    {
        var client = platform.Client();
        await client.LoginAsync("ada@example.com", "correct horse battery");
        return client;
    }
}
