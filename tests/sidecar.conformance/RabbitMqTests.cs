using Deepiri.TestHost.Servers;

namespace Deepiri.Sidecar.Conformance;

/// <summary>RabbitMQ, as components/rabbitmq uses it. Queues of one test are not another's: the consumers' names differ.</summary>
public sealed class RabbitMqTests(RabbitMqTests.Fixture fixture) : BrokerPubSubSuite(fixture.Server), IClassFixture<RabbitMqTests.Fixture>
{
    private readonly string _test = Guid.NewGuid().ToString("N");

    protected override (string Type, string Metadata) Component => ("pubsub.rabbitmq", $$"""
            - {name: connectionString, value: "{{fixture.Server.ConnectionString}}"}
            - {name: consumerID, value: "{appID}-{{_test}}"}
            - {name: durable, value: "true"}
            - {name: deletedWhenUnused, value: "false"}
            - {name: deliveryMode, value: "2"}
            - {name: publisherConfirm, value: "true"}
            - {name: requeueInFailure, value: "true"}
            - {name: reconnectWaitSeconds, value: "1"}

        """);

    public sealed class Fixture : IAsyncLifetime
    {
        public RabbitMqServer Server { get; } = new();

        public Task InitializeAsync() => Server.StartAsync();

        public Task DisposeAsync() => Server.DisposeAsync().AsTask();
    }
}
