namespace Deepiri.Sidecar.Conformance;

/// <summary>Publish and subscribe over a broker that keeps events: what it must do beyond <see cref="PubSubSuite"/>.</summary>
public abstract class DurablePubSubSuite : PubSubSuite
{
    [Fact]
    public async Task What_was_not_acknowledged_is_delivered_after_a_restart()
    {
        await StartAsync("""[{"pubsubname":"pubsub","topic":"t","route":"/in"}]""");
        Sidecar.App("subscriber").Answer = (context, _) =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        };
        await PublishAsync("t", SidecarUnderTest.Json("1"), "metadata.cloudevent.id=kept").HasStatusAsync(204);
        await OneAsync("/in");
        await Sidecar.RestartAsync();
        Sidecar.App("subscriber").Requests.Clear();
        Sidecar.App("subscriber").Answer = (_, _) => Task.CompletedTask;
        await Sidecar.StartAsync("subscriber");
        Assert.Contains("\"kept\"", (await OneAsync("/in")).Body);
    }

    /// <summary>A crash of the app is no fault of the event: its retries do not run out against nobody.</summary>
    [Fact]
    [Trait("sidecar", "embedded")] // daprd does not know the app's process
    public async Task What_is_under_way_when_the_app_ends_goes_to_its_next_process_and_not_to_the_dead_letters()
    {
        Sidecar.Directory.Write("resources/resiliency.yaml", """
            apiVersion: dapr.io/v1alpha1
            kind: Resiliency
            metadata: {name: patience}
            spec:
              policies:
                retries: {slow: {policy: constant, duration: 20s, maxRetries: 1}}
              targets:
                components: {pubsub: {inbound: {retry: slow}}}
            """);
        await StartAsync("""[{"pubsubname":"pubsub","topic":"t","route":"/in","deadLetterTopic":"dead"},{"pubsubname":"pubsub","topic":"dead","route":"/dead"}]""");
        Sidecar.App("subscriber").Answer = (context, _) =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        await PublishAsync("t", SidecarUnderTest.Json("1"), "metadata.cloudevent.id=e").HasStatusAsync(204);
        await OneAsync("/in");
        await Sidecar.Find("subscriber").EndSubscriptionsAsync().WaitAsync(TimeSpan.FromSeconds(10));
        Sidecar.App("subscriber").Requests.Clear();
        Sidecar.App("subscriber").Answer = (_, _) => Task.CompletedTask;
        _ = Sidecar.Find("subscriber").RestartSubscriptionsAsync();
        await OneAsync("/in");
        Assert.Empty(Sidecar.App("subscriber").To("/dead"));
    }

    /// <summary>Not with every broker: RabbitMQ keeps nothing for a queue that does not exist yet.</summary>
    protected async Task FirstSubscriberGetsWhatCameBeforeAsync()
    {
        await StartAsync("[]");
        await PublishAsync("t", SidecarUnderTest.Json("1"), "metadata.cloudevent.id=early").HasStatusAsync(204);
        Sidecar.App("subscriber").Subscriptions = """[{"pubsubname":"pubsub","topic":"t","route":"/in"}]""";
        await Sidecar.Find("subscriber").RestartSubscriptionsAsync();
        Assert.Contains("\"early\"", (await OneAsync("/in")).Body);
    }
}
