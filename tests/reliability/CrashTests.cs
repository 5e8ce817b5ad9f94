using System.Text.Json;
using Deepiri.Client;

namespace Deepiri.Reliability;

/// <summary>Kills: nothing acknowledged is lost, nothing counts twice, nothing is left behind.</summary>
public sealed class CrashTests : IDisposable
{
    private const int PointsPerTask = 15;

    /// <summary>What the achievement of ten tasks gives.</summary>
    private const int TenTasks = 20;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Killing_the_runner_among_200_completed_tasks_loses_and_doubles_nothing()
    {
        await using var platform = await PlatformProcess.StartAsync(_directory.Path);
        using var ada = platform.Client();
        var name = $"ada-{Guid.NewGuid():N}"[..16];
        await ada.RegisterAsync(name, $"{name}@example.com", "correct horse battery");
        var tasks = new List<TaskInfo>();
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            var task = await ada.CreateTaskAsync($"Task {i}");
            lock (tasks)
                tasks.Add(task);
        });

        // The kill comes while the completions and their events are under way.
        var acknowledged = 0;
        var completions = Parallel.ForEachAsync(tasks, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (task, _) =>
        {
            try
            {
                await ada.CompleteTaskAsync(task.Id, CancellationToken.None);
                Interlocked.Increment(ref acknowledged);
            }
            catch (Exception e) when (e is HttpRequestException or DeepiriException)
            {
                // The platform is gone; the task is completed again below.
            }
        });
        await Eventually.AssertAsync(() => Assert.True(Volatile.Read(ref acknowledged) > 100));
        await platform.KillRunnerAsync();
        await completions;

        await platform.UpAsync();
        using var again = platform.Client();
        await again.LoginAsync($"{name}@example.com", "correct horse battery");
        // Every acknowledged completion must still be one; the others are completed now. A second time changes nothing.
        var done = (await AllTasksAsync(again)).Count(t => t.Status == "done");
        Assert.True(done >= acknowledged, $"{acknowledged} completions were acknowledged, {done} are there");
        foreach (var task in tasks)
            await again.CompleteTaskAsync(task.Id);

        await Eventually.AssertAsync(async () => Assert.Equal(200, (await again.SendAsync<JsonElement>(HttpMethod.Get, "/api/users/progress", null)).GetProperty("tasksCompleted").GetInt32()), TimeSpan.FromSeconds(60));
        // Each task is in the ledger once, and everything that tells of points says what the ledger says. Most of them are beyond the cap of the day.
        var ledger = await LedgerAsync(again);
        Assert.Equal(200, ledger.Where(e => e.GetProperty("kind").GetString() == "task").DistinctBy(e => e.GetProperty("reason").GetString()).Count());
        Assert.Equal(Enumerable.Range(1, ledger.Count), ledger.Select(e => e.GetProperty("number").GetInt32()).Order());
        Assert.Equal(ledger.Sum(e => e.GetProperty("points").GetInt64()), (await again.AccountAsync()).Xp);
        Assert.Equal((await again.AccountAsync()).Xp, (await again.LeaderboardAsync("all", "&around=me")).Items.Single(e => e.UserId == again.Session!.User.Id).Xp);
        var earning = ledger.Count(e => e.GetProperty("kind").GetString() == "task" && e.GetProperty("points").GetInt32() > 0);
        await Eventually.AssertAsync(async () => Assert.Equal(earning, (await NotificationsAsync(again)).Count(n => n.Type == "points.awarded")), TimeSpan.FromSeconds(60));
        Assert.Equal(earning, (await NotificationsAsync(again)).Where(n => n.Type == "points.awarded").DistinctBy(n => n.Body).Count());
    }

    [Fact]
    public async Task Killing_engagement_again_and_again_loses_and_doubles_nothing()
    {
        await using var platform = await PlatformProcess.StartAsync(_directory.Path);
        using var ada = platform.Client();
        await ada.RegisterAsync("ada", "ada@example.com", "correct horse battery");
        for (var round = 0; round < 3; round++)
        {
            for (var i = 0; i < 10; i++)
                await ada.CompleteTaskAsync((await ada.CreateTaskAsync($"Task {round}.{i}")).Id);
            await platform.RefreshAsync();
            if (platform.App("engagement-service").GetProperty("pid") is { ValueKind: JsonValueKind.Number } pid)
                System.Diagnostics.Process.GetProcessById(pid.GetInt32()).Kill();
        }
        await Eventually.AssertAsync(async () => Assert.Equal((30 * PointsPerTask) + TenTasks, (await ada.AccountAsync()).Xp), TimeSpan.FromSeconds(60));
        await platform.RefreshAsync();
        Assert.True(platform.App("engagement-service").GetProperty("restarts").GetInt32() >= 1);
        Assert.Contains("exited with code", platform.App("engagement-service").GetProperty("lastExit").GetString());
    }

    private static Task<List<TaskInfo>> AllTasksAsync(DeepiriClient client) => AllAsync<TaskInfo>(client, "/api/tasks");

    private static Task<List<NotificationInfo>> NotificationsAsync(DeepiriClient client) => AllAsync<NotificationInfo>(client, "/api/notifications");

    private static Task<List<JsonElement>> LedgerAsync(DeepiriClient client) => AllAsync<JsonElement>(client, "/api/gamification/ledger");

    private static async Task<List<T>> AllAsync<T>(DeepiriClient client, string path)
    {
        var all = new List<T>();
        string? cursor = null;
        do
        {
            var page = await client.SendAsync<Page<T>>(HttpMethod.Get, $"{path}?limit=100{(cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}")}", null);
            all.AddRange(page.Items);
            cursor = page.Next;
        }
        while (cursor is not null);
        return all;
    }
}
