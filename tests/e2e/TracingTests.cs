using System.Collections.Concurrent;
using System.Text;

namespace Deepiri.E2E;

/// <summary>Spans of one request, from every service that it went through, reach an OTLP collector under the trace id that the client sent.</summary>
public sealed class TracingTests : IDisposable
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task One_trace_spans_gateway_services_and_events()
    {
        var exports = new ConcurrentQueue<byte[]>();
        await using var collector = await TestApp.StartAsync();
        collector.LeavesBody = true;
        collector.Answer = async (context, _) =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            if (context.Request.Path == "/v1/traces")
                exports.Enqueue(body.ToArray());
        };
        await using var platform = await PlatformProcess.StartAsync(_directory.Path, environment: new Dictionary<string, string>(PlatformProcess.Unlimited)
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://127.0.0.1:{collector.Port}",
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
        });
        using var ada = platform.Client();
        await ada.RegisterAsync("ada", "ada@example.com", "correct horse battery");
        var task = await ada.CreateTaskAsync("Traced");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/tasks/{task.Id}/complete");
        request.Headers.Add("traceparent", $"00-{TraceId}-b7ad6b7169203331-01");
        using var answer = await ada.Http.SendAsync(request);
        Assert.True(answer.IsSuccessStatusCode);

        var trace = Convert.FromHexString(TraceId);
        foreach (var service in new[] { "api-gateway", "task-orchestrator", "engagement-service", "notification-service", "realtime-gateway" })
        {
            var name = Encoding.ASCII.GetBytes(service);
            await Eventually.AssertAsync(() => Assert.Contains(exports, e => e.AsSpan().IndexOf(name) >= 0 && e.AsSpan().IndexOf(trace) >= 0));
        }
        Assert.All(collector.Requests, r => Assert.Contains(r.Path, (string[])["/v1/traces", "/v1/metrics", "/v1/logs"]));
    }
}
