using System.Globalization;
using System.Text;
using Deepiri.TestHost.Servers;

namespace Deepiri.Bench;

/// <summary>State get and set over HTTP, 16 clients, durable; beside Redis with <c>appendfsync always</c>, spoken to natively.</summary>
internal static class StateStore
{
    private const int Clients = 16;
    private const int Requests = 20_000;

    public static async Task RunAsync(Report report)
    {
        report.Header($"operation ({Clients} clients)", "operations/s", "p50 ms", "p99 ms");
        await using (var run = await BenchRun.StartAsync(Component("sqlite", "state.sqlite", "{name: connectionString, value: state.db}") + Component("memory", "state.in-memory")))
        {
            using var http = run.Client(run.Dapr);
            foreach (var store in new[] { "sqlite", "memory" })
            {
                async Task SetAsync(int i) => (await http.PostAsync($"/v1.0/state/{store}", new StringContent($$"""[{"key":"k{{i % 1000}}","value":{"n":{{i}},"text":"0123456789012345678901234567890123456789"} }]""", Encoding.UTF8, "application/json"))).EnsureSuccessStatusCode().Dispose();
                async Task GetAsync(int i) => (await http.GetAsync($"/v1.0/state/{store}/k{i % 1000}")).EnsureSuccessStatusCode().Dispose();
                await Load.ClosedAsync(Clients, Requests / 4, SetAsync);
                Print(report, $"state.{store} set", await Load.ClosedAsync(Clients, Requests, SetAsync));
                Print(report, $"state.{store} get", await Load.ClosedAsync(Clients, Requests, GetAsync));
            }
        }
        await RedisAsync(report);
    }

    public static string Component(string name, string type, params string[] metadata) =>
        $"---\napiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {{name: {name}}}\nspec: {{type: {type}, version: v1, metadata: [{string.Join(", ", metadata)}]}}\n";

    private static void Print(Report report, string name, (double PerSecond, Latencies Latencies) result) =>
        report.Row(name, result.PerSecond.ToString("0"), Latencies.Text(result.Latencies.P50), Latencies.Text(result.Latencies.P99));

    private static async Task RedisAsync(Report report)
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        foreach (var test in new[] { "set", "get" })
        {
            var csv = (await Shell.RunAsync("redis-benchmark", "-p", redis.Port.ToString(), "-t", test, "-c", Clients.ToString(), "-n", Requests.ToString(), "-d", "60", "-r", "1000", "--csv")).Trim().Split('\n')[^1].Split(',').Select(f => f.Trim('"')).ToArray();
            double At(int column) => double.Parse(csv[column], CultureInfo.InvariantCulture);
            report.Row($"redis {test} (no sidecar, RESP)", At(1).ToString("0"), Latencies.Text(At(4)), Latencies.Text(At(6)));
        }
    }
}
