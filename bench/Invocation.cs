using Deepiri.TestHost;

namespace Deepiri.Bench;

/// <summary>What the sidecar adds to a call, beside nginx in its place and a direct call.</summary>
internal static class Invocation
{
    private const int Rate = 1000;

    public static async Task RunAsync(Report report)
    {
        await using var run = await BenchRun.StartAsync("");
        using var nginx = await Nginx.StartAsync(run.Target);
        var paths = new (string Name, Uri Url)[]
        {
            ("direct", new Uri(run.Target, "/hello")),
            ("through nginx", new Uri(nginx.Address, "/hello")),
            ("through the sidecar", new Uri(run.Dapr, "/v1.0/invoke/target/method/hello")),
        };
        report.Header($"call ({Rate}/s, then 64 connections)", "p50 ms", "p99 ms", "added p50 ms", "requests/s", "of direct", "of nginx");
        using var http = run.Client(run.Target);
        var measured = new List<(string Name, Latencies Latencies, WrkResult Wrk)>();
        foreach (var (name, url) in paths)
        {
            async Task GetAsync() => (await http.GetAsync(url)).EnsureSuccessStatusCode().Dispose();
            await Load.AtRateAsync(Rate, TimeSpan.FromSeconds(3), GetAsync);
            measured.Add((name, await Load.AtRateAsync(Rate, TimeSpan.FromSeconds(8), GetAsync), await Load.WrkAsync(url, $"dapr-api-token: {run.DaprToken}")));
        }
        var (direct, proxied) = (measured[0], measured[1]);
        foreach (var (name, latencies, wrk) in measured)
        {
            report.Row(name, Latencies.Text(latencies.P50), Latencies.Text(latencies.P99), Latencies.Text(latencies.P50 - direct.Latencies.P50),
                wrk.PerSecond.ToString("0"), (wrk.PerSecond / direct.Wrk.PerSecond).ToString("0.00"), (wrk.PerSecond / proxied.Wrk.PerSecond).ToString("0.00"));
        }
    }
}
