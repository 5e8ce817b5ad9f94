using System.Text.Json;

namespace Deepiri.Bench;

/// <summary>A workflow of five activities in a row, its history on disk: from its start until a client sees that it is done.</summary>
internal static class Workflows
{
    private const int Starters = 30;

    public static async Task RunAsync(Report report)
    {
        await using var run = await BenchRun.StartAsync(StateStore.Component("store", "state.sqlite", "{name: connectionString, value: state.db}", "{name: actorStateStore, value: \"true\"}"), "sdk-target");
        using var dapr = run.Client(run.TargetDapr);
        report.Header("starters", "workflows/s", "p50 ms", "p99 ms");
        await Load.ClosedAsync(Starters, 3_000, _ => PlayAsync(dapr));
        foreach (var (starters, workflows) in new[] { (1, 500), (Starters, 6_000) })
        {
            var (perSecond, latencies) = await Load.ClosedAsync(starters, workflows, _ => PlayAsync(dapr));
            report.Row($"{starters}", perSecond.ToString("0"), Latencies.Text(latencies.P50), Latencies.Text(latencies.P99));
        }
    }

    private static async Task PlayAsync(HttpClient http)
    {
        using var started = await http.PostAsync("/v1.0/workflows/dapr/Five/start", new StringContent("1"));
        started.EnsureSuccessStatusCode();
        var id = JsonDocument.Parse(await started.Content.ReadAsByteArrayAsync()).RootElement.GetProperty("instanceID").GetString();
        while (true)
        {
            var state = JsonDocument.Parse(await http.GetByteArrayAsync($"/v1.0/workflows/dapr/{id}")).RootElement;
            if (state.GetProperty("runtimeStatus").GetString() is not ("PENDING" or "RUNNING") and var status)
            {
                if (status != "COMPLETED")
                    throw new InvalidOperationException($"workflow {id} ended as {status}");
                return;
            }
            await Task.Delay(1);
        }
    }
}
