using Deepiri.TestHost;

namespace Deepiri.Bench;

/// <summary>Client → gateway (JWT validated) → sidecar → service, beside nginx proxying straight to that service.</summary>
internal static class GatewayThroughput
{
    private const string Path = "/api/gamification/leaderboard?period=all";

    public static async Task RunAsync(Report report)
    {
        using var directory = new TemporaryDirectory();
        await using var platform = await PlatformProcess.StartAsync(directory.Path);
        using var ada = platform.Client();
        var session = await ada.RegisterAsync("bench", "bench@example.com", "correct horse battery");
        await ada.CompleteTaskAsync((await ada.CreateTaskAsync("Task")).Id);

        var service = new Uri(platform.App("engagement-service").GetProperty("url").GetString()!);
        var appToken = File.ReadAllLines(System.IO.Path.Combine(directory.Path, "env", "engagement-service.env")).First(l => l.StartsWith("APP_API_TOKEN=", StringComparison.Ordinal)).Split('=', 2)[1];
        using var nginx = await Nginx.StartAsync(service, new Dictionary<string, string> { ["X-User-Id"] = session.User.Id, ["X-User-Role"] = "user", ["dapr-api-token"] = appToken });
        report.Header("path (64 connections)", "requests/s", "p50 ms", "p99 ms", "of nginx");
        string[] direct = [$"X-User-Id: {session.User.Id}", "X-User-Role: user", $"dapr-api-token: {appToken}"];
        var bare = await Load.WrkAsync(new Uri(service, Path), direct);
        var proxied = await Load.WrkAsync(new Uri(nginx.Address, Path));
        var gateway = await Load.WrkAsync(new Uri(platform.Gateway, Path), $"Authorization: Bearer {session.AccessToken}");
        foreach (var (name, result) in new[] { ("service, called directly", bare), ("nginx → service", proxied), ("gateway → sidecar → service", gateway) })
            report.Row(name, result.PerSecond.ToString("0"), Latencies.Text(result.P50), Latencies.Text(result.P99), (result.PerSecond / proxied.PerSecond).ToString("0.00"));
    }
}
