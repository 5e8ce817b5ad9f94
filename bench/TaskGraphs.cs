using System.Diagnostics;
using System.Text.Json;
using Deepiri.TestHost;

namespace Deepiri.Bench;

/// <summary>A user with 10,000 tasks that depend on each other, through the gateway; beside the same requests of a user with ten.</summary>
internal static class TaskGraphs
{
    private const int Requests = 40;

    public static async Task RunAsync(Report report)
    {
        using var directory = new TemporaryDirectory();
        await using var platform = await PlatformProcess.StartAsync(directory.Path);
        report.Header("tasks in the graph", "import s", "graph, critical path p50 ms", "p99 ms", "add a dependency p50 ms", "refuse a cycle p50 ms", "read a task p50 ms", "complete a task p50 ms");
        foreach (var count in new[] { 10, 10_000 })
        {
            using var client = platform.Client();
            await client.RegisterAsync("bench", $"bench{count}@example.com", "correct horse battery");
            Task<JsonElement> SendAsync(HttpMethod method, string path, object? body = null) => client.SendAsync<JsonElement>(method, path, body);
            var began = Stopwatch.GetTimestamp();
            // Each depends on the one before it, and on one far back.
            await SendAsync(HttpMethod.Post, "/api/tasks/import", Enumerable.Range(0, count).Select(i => new { uid = $"{i}", title = $"Task number {i}", estimateMinutes = 30, dependsOn = i == 0 ? Array.Empty<string>() : i < 10 ? [$"{i - 1}"] : [$"{i - 1}", $"{i / 2}"] }));
            var import = Stopwatch.GetElapsedTime(began).TotalSeconds;
            var graph = await SendAsync(HttpMethod.Get, "/api/tasks/graph");
            var byTitle = graph.GetProperty("tasks").EnumerateArray().ToDictionary(t => t.GetProperty("title").GetString()!, t => t.GetProperty("id").GetString()!);
            var (first, last) = (byTitle["Task number 0"], byTitle[$"Task number {count - 1}"]);
            var others = new List<string>();
            for (var i = 0; i < Requests; i++)
                others.Add((await client.CreateTaskAsync($"Other {i}")).Id);

            await SettledAsync(client, others[0], others[1]);

            var graphs = await TimedAsync(_ => SendAsync(HttpMethod.Get, "/api/tasks/graph"));
            var adds = await TimedAsync(i => SendAsync(HttpMethod.Post, $"/api/tasks/{others[i]}/dependencies", new { dependsOn = last }));
            var cycles = await TimedAsync(async _ =>
            {
                try
                {
                    await SendAsync(HttpMethod.Post, $"/api/tasks/{first}/dependencies", new { dependsOn = last });
                }
                catch (Client.DeepiriException e) when (e.Code == "DEPENDENCY_CYCLE")
                {
                    // This is what is measured.
                }
            });
            var reads = await TimedAsync(_ => SendAsync(HttpMethod.Get, $"/api/tasks/{first}"));
            var completions = await TimedAsync(i => SendAsync(HttpMethod.Post, $"/api/tasks/{others[i]}/complete"));
            report.Row($"{count:N0}", $"{import:0.0}", Latencies.Text(graphs.P50), Latencies.Text(graphs.P99), Latencies.Text(adds.P50), Latencies.Text(cycles.P50), Latencies.Text(reads.P50), Latencies.Text(completions.P50));
        }
    }

    /// <summary>Waits until the service has followed up all that was imported: its events come in order.</summary>
    private static async Task SettledAsync(Client.DeepiriClient client, string before, string after)
    {
        await client.SendAsync<JsonElement>(HttpMethod.Post, $"/api/tasks/{after}/dependencies", new { dependsOn = before });
        await client.CompleteTaskAsync(before);
        while (!(await client.NotificationsAsync()).Items.Any(n => n.Type == "task.unblocked"))
            await Task.Delay(100);
        using var answer = await client.Http.DeleteAsync($"/api/tasks/{after}/dependencies/{before}");
        answer.EnsureSuccessStatusCode();
    }

    private static async Task<Latencies> TimedAsync(Func<int, Task> request)
    {
        var took = new List<double>();
        for (var i = 0; i < Requests; i++)
        {
            var began = Stopwatch.GetTimestamp();
            await request(i);
            took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
        // The first ones find code that was not compiled yet.
        return new Latencies(took.Skip(Requests / 4));
    }
}
