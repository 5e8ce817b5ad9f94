using Deepiri.Client;
using Deepiri.TestHost;

namespace Deepiri.Bench;

/// <summary>
/// Client → gateway (JWT validated) → sidecar → service, beside nginx proxying straight to that service: for a request that reads state, as
/// most do, and for the lightest there is, answered from memory, where the way is nearly all of the work.
/// </summary>
internal static class GatewayThroughput
{
    public static async Task RunAsync(Report report)
    {
        using var directory = new TemporaryDirectory();
        await using var platform = await PlatformProcess.StartAsync(directory.Path);
        using var ada = platform.Client();
        var session = await ada.RegisterAsync("bench", "bench@example.com", "correct horse battery");
        var task = await ada.CreateTaskAsync("Task");
        await ada.CompleteTaskAsync(task.Id);
        report.Header("request (64 connections)", "path", "requests/s", "p50 ms", "p99 ms", "of nginx");
        await MeasureAsync(report, platform, session, "task-orchestrator", "a task, from state", $"/api/tasks/{task.Id}");
        await MeasureAsync(report, platform, session, "engagement-service", "the leaderboard, from memory", "/api/gamification/leaderboard?period=all");
    }

    private static async Task MeasureAsync(Report report, PlatformProcess platform, Session session, string appId, string kind, string path)
    {
        var service = new Uri(platform.App(appId).GetProperty("url").GetString()!);
        var appToken = File.ReadAllLines(Path.Combine(platform.DataDirectory, "env", $"{appId}.env")).First(l => l.StartsWith("APP_API_TOKEN=", StringComparison.Ordinal)).Split('=', 2)[1];
        using var nginx = await Nginx.StartAsync(service, new Dictionary<string, string> { ["X-User-Id"] = session.User.Id, ["X-User-Role"] = "user", ["dapr-api-token"] = appToken });
        var measured = await Load.WrkAsync(
            (new Uri(service, path), [$"X-User-Id: {session.User.Id}", "X-User-Role: user", $"dapr-api-token: {appToken}"]),
            (new Uri(nginx.Address, path), []),
            (new Uri(platform.Gateway, path), [$"Authorization: Bearer {session.AccessToken}"]));
        foreach (var (name, result) in new[] { "service, called directly", "nginx → service", "gateway → sidecar → service" }.Zip(measured))
            report.Row(kind, name, result.PerSecond.ToString("0"), Latencies.Text(result.P50), Latencies.Text(result.P99), (result.PerSecond / measured[1].PerSecond).ToString("0.00"));
    }
}
