namespace Deepiri.Bench;

/// <summary>Calls of actors through the sidecar, beside the same request made to the app directly.</summary>
internal static class Actors
{
    private const int Clients = 16;

    public static async Task RunAsync(Report report)
    {
        await using var run = await BenchRun.StartAsync(StateStore.Component("store", "state.sqlite", "{name: connectionString, value: state.db}", "{name: actorStateStore, value: \"true\"}"), "sdk-target");
        using var direct = run.Client(run.Target);
        using var dapr = run.Client(run.Dapr);
        report.Header("call", "p50 ms (one at a time)", "p99 ms", $"calls/s ({Clients} clients)");
        await RowAsync(report, "direct PUT to the app", _ => PutAsync(direct, "/actors/Counter/direct/method/EchoAsync"));
        await RowAsync(report, "actor", i => PutAsync(dapr, $"/v1.0/actors/Counter/a{i % 100}/method/EchoAsync"));
        await RowAsync(report, "actor, saves its state", i => PutAsync(dapr, $"/v1.0/actors/Counter/a{i % 100}/method/AddAsync"));
        await RowAsync(report, "actor, activated by the call", i => PutAsync(dapr, $"/v1.0/actors/Counter/{Guid.NewGuid():N}/method/EchoAsync"));
    }

    private static async Task RowAsync(Report report, string name, Func<int, Task> call)
    {
        await Load.ClosedAsync(Clients, 5_000, call);
        var (_, alone) = await Load.ClosedAsync(1, 2_000, call);
        var (perSecond, _) = await Load.ClosedAsync(Clients, 20_000, call);
        report.Row(name, Latencies.Text(alone.P50), Latencies.Text(alone.P99), perSecond.ToString("0"));
    }

    private static async Task PutAsync(HttpClient http, string path)
    {
        using var answer = await http.PutAsync(path, null);
        answer.EnsureSuccessStatusCode();
    }
}
