using System.Diagnostics;
using System.Text;
using Deepiri.TestHost.Servers;

namespace Deepiri.Bench;

/// <summary>From publishing an event to its handler, beside a direct POST to the handler.</summary>
internal static class PublishToHandler
{
    private const int Events = 1000;
    private const int Publishers = 16;
    private const int Burst = 20_000;
    private const string Json = """{"n":1,"text":"0123456789012345678901234567890123456789"}""";

    public static async Task RunAsync(Report report)
    {
        await LatencyAsync(report);
        await ThroughputAsync(report);
    }

    /// <summary>What the sidecar takes in, by itself and while it hands on.</summary>
    private static async Task ThroughputAsync(Report report)
    {
        await using var redis = new RedisServer();
        await redis.StartAsync();
        report.Note($"Published by wrk over {Publishers} connections: to a topic whose subscriber is yet to come, for whom the brokers keep the events, the durable ones on disk; and to one whose subscriber takes them meanwhile:\n");
        report.Header("broker", "published/s", "p50 ms", "p99 ms", "published/s while delivered");
        foreach (var (type, metadata) in new[] { ("pubsub.sqlite", "{name: connectionString, value: pubsub.db}"), ("pubsub.redis", $"{{name: redisHost, value: '{redis.Address}'}}"), ("pubsub.in-memory", "") })
        {
            await using var run = await BenchRun.StartAsync(StateStore.Component("pubsub", type, metadata));
            Task<WrkResult> PublishAsync(string topic) => Load.WrkPostAsync(Publishers, new Uri(run.Dapr, $"/v1.0/publish/pubsub/{topic}"), [$"dapr-api-token: {run.DaprToken}"], Json);
            var (kept, delivered) = (await PublishAsync("kept"), await PublishAsync(Target.Topic));
            report.Row(type, kept.PerSecond.ToString("0"), Latencies.Text(kept.P50), Latencies.Text(kept.P99), delivered.PerSecond.ToString("0"));
        }
    }

    private static async Task LatencyAsync(Report report)
    {
        report.Header("path", "to handler p50 ms", "p99 ms", $"published/s ({Publishers} publishers)", "delivered/s");
        foreach (var (type, metadata) in new[] { ("pubsub.sqlite", "{name: connectionString, value: pubsub.db}"), ("pubsub.in-memory", "") })
        {
            await using var run = await BenchRun.StartAsync(StateStore.Component("pubsub", type, metadata));
            using var http = run.Client(run.Dapr);
            using var target = run.Client(run.Target);
            using var received = new StreamReader(await (await target.GetAsync("/received", HttpCompletionOption.ResponseHeadersRead)).Content.ReadAsStreamAsync());
            if (type == "pubsub.sqlite")
            {
                var direct = await MeasureAsync(received, () => target.PostAsync("/in", Body()));
                report.Row("direct POST to the handler", Latencies.Text(direct.P50), Latencies.Text(direct.P99), "", "");
            }
            Task<HttpResponseMessage> PublishAsync() => http.PostAsync($"/v1.0/publish/pubsub/{Target.Topic}", Body());
            var latency = await MeasureAsync(received, PublishAsync);
            var began = Stopwatch.GetTimestamp();
            var reading = Task.Run(async () =>
            {
                for (var i = 0; i < Burst; i++)
                    await received.ReadLineAsync();
            });
            var (published, _) = await Load.ClosedAsync(Publishers, Burst, async _ => (await PublishAsync()).EnsureSuccessStatusCode().Dispose());
            await reading;
            report.Row(type, Latencies.Text(latency.P50), Latencies.Text(latency.P99), published.ToString("0"), (Burst / Stopwatch.GetElapsedTime(began).TotalSeconds).ToString("0"));
        }
    }

    private static StringContent Body() => new(Json, Encoding.UTF8, "application/json");

    /// <summary>One event at a time: from before its request until the handler has it.</summary>
    private static async Task<Latencies> MeasureAsync(StreamReader received, Func<Task<HttpResponseMessage>> send)
    {
        var latencies = new List<double>();
        for (var i = 0; i < Events + 200; i++)
        {
            var began = Stopwatch.GetTimestamp();
            var sending = send();
            await received.ReadLineAsync();
            if (i >= 200)
                latencies.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            (await sending).EnsureSuccessStatusCode().Dispose();
        }
        return new Latencies(latencies);
    }
}
