using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Deepiri.TestHost.Servers;

namespace Deepiri.Sidecar.Conformance;

/// <summary>Publish and subscribe over a broker that is a server: what it must withstand beyond <see cref="DurablePubSubSuite"/>.</summary>
public abstract class BrokerPubSubSuite(ServerProcess server) : DurablePubSubSuite
{
    [Fact]
    [Trait("sidecar", "embedded")] // starts the second instance in this process
    public async Task Instances_of_an_app_share_its_events()
    {
        const string Subscription = """[{"pubsubname":"pubsub","topic":"t","route":"/in"}]""";
        await StartAsync(Subscription);
        await using var second = await TestApp.StartAsync();
        second.Subscriptions = Subscription;
        await using var host = new SidecarHost(Sidecar.Directory.Folder("data2"), Microsoft.Extensions.Logging.Abstractions.NullLoggerFactory.Instance);
        var sidecar = await host.StartAsync(new SidecarOptions { AppId = "subscriber", AppPort = second.Port, ResourcesPaths = [Sidecar.Directory.Folder("resources")] });
        await Eventually.AssertAsync(() => Assert.True(sidecar.IsReady));
        // Each holds one event until both have one: only two consumers of one group get there.
        var first = Sidecar.App("subscriber");
        var both = new TaskCompletionSource();
        var events = new ConcurrentBag<string>();
        Func<Microsoft.AspNetCore.Http.HttpContext, ReceivedRequest, Task> Receive() => async (_, request) =>
        {
            events.Add(JsonDocument.Parse(request.Body).RootElement.GetProperty("id").GetString()!);
            if (first.To("/in").Count > 0 && second.To("/in").Count > 0)
                both.TrySetResult();
            await Task.CompletedTask;
        };
        first.Answer = second.Answer = Receive();
        for (var i = 0; !both.Task.IsCompleted; i++)
        {
            Assert.True(i < 2000, "one instance got everything");
            await PublishAsync("t", SidecarUnderTest.Json("1")).HasStatusAsync(204);
        }
        // One more may arrive meanwhile.
        var seen = events.ToList();
        Assert.Equal(seen.Count, seen.Distinct().Count());
    }

    [Fact]
    public async Task A_broker_killed_in_the_middle_loses_nothing_acknowledged_and_deliveries_go_on_by_themselves()
    {
        await StartAsync("""[{"pubsubname":"pubsub","topic":"t","route":"/in"}]""");
        var acknowledged = new ConcurrentBag<string>();
        using var stop = new CancellationTokenSource();
        var next = 0;
        var publishing = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var id = $"e{Interlocked.Increment(ref next)}";
                using var answer = await PublishAsync("t", SidecarUnderTest.Json("1"), $"metadata.cloudevent.id={id}");
                if (answer.StatusCode == HttpStatusCode.NoContent)
                    acknowledged.Add(id);
                else
                    await Task.Delay(5);
            }
        })).ToList();
        await Eventually.AssertAsync(() => Assert.True(acknowledged.Count > 200));
        await server.KillAsync();
        await server.StartAsync();
        var before = acknowledged.Count;
        await Eventually.AssertAsync(() => Assert.True(acknowledged.Count > before + 200), TimeSpan.FromSeconds(30));
        await stop.CancelAsync();
        await Task.WhenAll(publishing);
        await Eventually.AssertAsync(() =>
        {
            var arrived = Sidecar.App("subscriber").To("/in").Select(r => JsonDocument.Parse(r.Body).RootElement.GetProperty("id").GetString()!).ToHashSet();
            Assert.DoesNotContain(acknowledged, id => !arrived.Contains(id));
        }, TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task A_broker_that_is_down_at_start_is_tried_again()
    {
        await server.KillAsync();
        var starting = StartAsync("""[{"pubsubname":"pubsub","topic":"t","route":"/in"}]""");
        await server.StartAsync();
        await starting;
        await PublishAsync("t", SidecarUnderTest.Json("1")).HasStatusAsync(204);
        await OneAsync("/in");
    }
}
