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
        var latencies = new List<Latencies>();
        foreach (var (_, url) in paths)
        {
            async Task GetAsync() => (await http.GetAsync(url)).EnsureSuccessStatusCode().Dispose();
            await Load.AtRateAsync(Rate, TimeSpan.FromSeconds(3), GetAsync);
            latencies.Add(await Load.AtRateAsync(Rate, TimeSpan.FromSeconds(8), GetAsync));
        }
        var throughput = await Load.WrkAsync([.. paths.Select(p => (p.Url, new[] { $"dapr-api-token: {run.DaprToken}" }))]);
        for (var i = 0; i < paths.Length; i++)
        {
            report.Row(paths[i].Name, Latencies.Text(latencies[i].P50), Latencies.Text(latencies[i].P99), Latencies.Text(latencies[i].P50 - latencies[0].P50),
                throughput[i].PerSecond.ToString("0"), (throughput[i].PerSecond / throughput[0].PerSecond).ToString("0.00"), (throughput[i].PerSecond / throughput[1].PerSecond).ToString("0.00"));
        }
    }
}
