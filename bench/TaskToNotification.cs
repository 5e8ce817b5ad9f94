using System.Diagnostics;
using Deepiri.TestHost;

namespace Deepiri.Bench;

/// <summary>From the request that completes a task to the notification on the client's WebSocket: three services, three durable events.</summary>
internal static class TaskToNotification
{
    private const int Tasks = 600;

    /// <summary>Until code is compiled and challenge-service has checked its sandbox.</summary>
    private const int WarmUp = 300;

    /// <summary>Few enough to stay below the cap of the day, beyond which nothing is awarded.</summary>
    private const int TasksOfUser = 90;

    public static async Task RunAsync(Report report)
    {
        report.Header("components", "request p50 ms", "p99 ms", "to notification p50 ms", "p99 ms");
        foreach (var components in new[] { "embedded", "in-memory" })
        {
            using var directory = new TemporaryDirectory();
            await using var platform = await PlatformProcess.StartAsync(directory.Path, components);
            var (requests, notifications) = (new List<double>(), new List<double>());
            for (var user = 0; user * TasksOfUser < Tasks + WarmUp; user++)
                await MeasureAsync(platform, user, requests, notifications);
            var (request, notification) = (new Latencies(requests), new Latencies(notifications));
            report.Row(components, Latencies.Text(request.P50), Latencies.Text(request.P99), Latencies.Text(notification.P50), Latencies.Text(notification.P99));
        }
    }

    private static async Task MeasureAsync(PlatformProcess platform, int user, List<double> requests, List<double> notifications)
    {
        using var client = platform.Client();
        await client.RegisterAsync("bench", $"bench{user}@example.com", "correct horse battery");
        await using var realtime = await client.ConnectAsync();
        for (var i = user * TasksOfUser; i < Math.Min((user + 1) * TasksOfUser, Tasks + WarmUp); i++)
        {
            var task = await client.CreateTaskAsync($"Task {i}", "low");
            var began = Stopwatch.GetTimestamp();
            await client.CompleteTaskAsync(task.Id);
            var answered = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            // Levels and achievements are notified of as well; the award is what is measured.
            await realtime.NextNotificationAsync("points.awarded", CancellationToken.None);
            if (i < WarmUp)
                continue;
            requests.Add(answered);
            notifications.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
    }
}
