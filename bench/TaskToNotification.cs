using System.Diagnostics;
using Deepiri.TestHost;

namespace Deepiri.Bench;

/// <summary>From the request that completes a task to the notification on the client's WebSocket: three services, three durable events.</summary>
internal static class TaskToNotification
{
    private const int Tasks = 300;
    private const int WarmUp = 50;

    public static async Task RunAsync(Report report)
    {
        report.Header("components", "request p50 ms", "p99 ms", "to notification p50 ms", "p99 ms");
        foreach (var components in new[] { "embedded", "in-memory" })
        {
            using var directory = new TemporaryDirectory();
            await using var platform = await PlatformProcess.StartAsync(directory.Path, components);
            using var ada = platform.Client();
            await ada.RegisterAsync("bench", "bench@example.com", "correct horse battery");
            await using var realtime = await ada.ConnectAsync();
            var (requests, notifications) = (new List<double>(), new List<double>());
            for (var i = 0; i < Tasks + WarmUp; i++)
            {
                var task = await ada.CreateTaskAsync($"Task {i}", "low");
                var began = Stopwatch.GetTimestamp();
                var completing = ada.CompleteTaskAsync(task.Id);
                await completing;
                var answered = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
                // Levels are notified of as well; the award is what is measured.
                while ((await realtime.NextAsync("notification", CancellationToken.None)).GetProperty("type").GetString() != "points.awarded")
                {
                }
                if (i < WarmUp)
                    continue;
                requests.Add(answered);
                notifications.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
            var (request, notification) = (new Latencies(requests), new Latencies(notifications));
            report.Row(components, Latencies.Text(request.P50), Latencies.Text(request.P99), Latencies.Text(notification.P50), Latencies.Text(notification.P99));
        }
    }
}
