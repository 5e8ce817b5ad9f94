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
