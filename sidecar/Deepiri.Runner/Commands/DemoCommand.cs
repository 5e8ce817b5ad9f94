using System.CommandLine;
using System.Diagnostics;
using Deepiri.Client;
using Deepiri.Runner.Running;

namespace Deepiri.Runner.Commands;

/// <summary><c>deepiri demo</c>: plays the first flow for two users against the running platform.</summary>
internal static class DemoCommand
{
    private const string Gateway = "api-gateway";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private static readonly Option<string?> s_url = new("--url") { Description = "The gateway's address; by default that of the platform running here" };

    public static Command Create()
    {
        var command = new Command("demo", "Play a task, its XP and its notification for two users") { s_url };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var directory = CommonOptions.DataDirectoryOf(parsed);
            if (await GatewayUrlAsync(parsed.GetValue(s_url), directory, cancellationToken) is not { } url)
            {
                Console.Error.WriteLine($"No platform runs in {directory}. Start one with 'deepiri up -d', or name one with --url.");
                return 1;
            }
            try
            {
                await PlayAsync(new Uri(url), cancellationToken);
                return 0;
            }
            catch (Exception e) when (e is DeepiriException or HttpRequestException or OperationCanceledException or System.Net.WebSockets.WebSocketException)
            {
                Console.Error.WriteLine($"The demo failed: {e.Message}");
                return 1;
            }
        });
        return command;
    }

    private static async Task<string?> GatewayUrlAsync(string? url, string dataDirectory, CancellationToken cancellationToken)
    {
        if (url is not null)
            return url;
        using var run = RunClient.Find(dataDirectory);
        return run is null ? null : (await run.StatusAsync(cancellationToken)).Apps.FirstOrDefault(a => a.AppId == Gateway)?.Url;
    }

    private static async Task PlayAsync(Uri gateway, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_patience * 3);
        var suffix = Guid.NewGuid().ToString("N")[..6];
        foreach (var (name, tasks) in new[] { ("ada", new[] { "Write the report", "Review Bob's design" }), ("bob", ["Fix the login page"]) })
            await PlayUserAsync(gateway, $"{name}-{suffix}", tasks, limit.Token);
        Console.WriteLine("Done.");
    }

    private static async Task PlayUserAsync(Uri gateway, string username, string[] titles, CancellationToken cancellationToken)
    {
        using var client = new DeepiriClient(gateway);
        await StepAsync($"{username} registers and signs in", () => client.RegisterAsync(username, $"{username}@example.com", "correct horse battery", cancellationToken));
        await using var realtime = await StepAsync($"{username} connects to the realtime hub", () => client.ConnectAsync(cancellationToken));
        foreach (var title in titles)
        {
            var task = await StepAsync($"{username} creates the task '{title}'", () => client.CreateTaskAsync(title, "high", 60, cancellationToken));
            var completed = Stopwatch.GetTimestamp();
            await StepAsync($"{username} completes it", () => client.CompleteTaskAsync(task.Id, cancellationToken));
            var pushed = await realtime.NextNotificationAsync("points.awarded", cancellationToken);
            Print(Stopwatch.GetElapsedTime(completed), $"{username} is notified: {pushed.GetProperty("title").GetString()} ({pushed.GetProperty("body").GetString()})");
        }
        var account = await StepAsync($"{username} looks at their account", () => client.AccountAsync(cancellationToken));
        Console.WriteLine($"             {account.Xp} XP, level {account.Level}, streak {account.Streak}");
        var board = await StepAsync($"{username} looks at the leaderboard", () => client.LeaderboardAsync("all", "&around=me&limit=3", cancellationToken));
        foreach (var entry in board.Items)
            Console.WriteLine($"             {entry.Rank}. {entry.Username ?? entry.UserId} {entry.Xp} XP");
    }

    private static async Task<T> StepAsync<T>(string what, Func<Task<T>> step)
    {
        var began = Stopwatch.GetTimestamp();
        var result = await step();
        Print(Stopwatch.GetElapsedTime(began), what);
        return result;
    }

    private static void Print(TimeSpan took, string what) => Console.WriteLine($"{took.TotalMilliseconds,9:0.0} ms {what}");
}
