using Deepiri.TestHost.Servers;

namespace Deepiri.Sidecar.Conformance;

/// <summary>One Redis for all components on it; each test begins with an empty one.</summary>
[CollectionDefinition("redis")]
public sealed class RedisFixture : ICollectionFixture<RedisFixture>, IAsyncLifetime
{
    public RedisServer Server { get; } = new();

    public string Host => $"    - {{name: redisHost, value: \"{Server.Address}\"}}\n";

    public Task InitializeAsync() => Server.StartAsync();

    public Task EmptyAsync() => Server.ExecuteAsync("FLUSHALL");

    public Task DisposeAsync() => Server.DisposeAsync().AsTask();
}

[Collection("redis")]
public sealed class RedisStateTests(RedisFixture redis) : StateSuite
{
    protected override (string Type, string Metadata) Component => ("state.redis", redis.Host);

    protected override bool IsShared => true;

    protected override bool HasOwnClock => true;

    public override async Task InitializeAsync()
    {
        await redis.EmptyAsync();
        await base.InitializeAsync();
    }

    [Fact]
    [Trait("sidecar", "embedded")] // daprd's script takes any ETag for a missing key
    public override Task An_etag_for_a_missing_key_is_a_mismatch() => base.An_etag_for_a_missing_key_is_a_mismatch();

    [Fact]
    [Trait("sidecar", "embedded")] // daprd's component executes the other operations all the same
    public override Task A_transaction_does_all_or_nothing() => base.A_transaction_does_all_or_nothing();

    [Fact]
    [Trait("sidecar", "embedded")] // daprd's component executes the other operations all the same
    public override Task Over_grpc_a_transaction_is_all_or_nothing() => base.Over_grpc_a_transaction_is_all_or_nothing();

    [Fact]
    [Trait("sidecar", "embedded")] // daprd's component does not show when an item expires
    public override Task A_ttl_ends_an_item_and_is_shown_until_then() => base.A_ttl_ends_an_item_and_is_shown_until_then();

    [Fact]
    [Trait("sidecar", "embedded")] // daprd's component does not show when an item expires
    public override Task Over_grpc_items_expire() => base.Over_grpc_items_expire();

    [Fact]
    public async Task An_acknowledged_write_survives_the_server_and_the_sidecar_finds_it_again()
    {
        await Sidecar.Dapr().PostAsync("/v1.0/state/store", SidecarUnderTest.Json("""[{"key":"kept","value":1}]""")).HasStatusAsync(204);
        await redis.Server.KillAsync();
        await Sidecar.Dapr().GetAsync("/v1.0/state/store/kept").HasStatusAsync(500);
        await redis.Server.StartAsync();
        await Eventually.AssertAsync(async () => Assert.Equal("1", await Sidecar.Dapr().GetAsync("/v1.0/state/store/kept").TextAsync()));
    }

    [Fact]
    public async Task An_item_is_kept_as_daprd_keeps_it()
    {
        await Sidecar.Dapr().PostAsync("/v1.0/state/store", SidecarUnderTest.Json("""[{"key":"k","value":{"a":1}}]""")).HasStatusAsync(204);
        Assert.Equal("{\"a\":1}\n", await redis.Server.ExecuteAsync("HGET", "app||k", "data"));
        // What another daprd wrote, whose versions begin with 1, is read and replaced all the same.
        await redis.Server.ExecuteAsync("HSET", "app||theirs", "data", "2", "version", "1");
        await Sidecar.Dapr().PostAsync("/v1.0/state/store", SidecarUnderTest.Json("""[{"key":"theirs","value":3,"etag":"1"}]""")).HasStatusAsync(204);
        Assert.Equal("2\n", await redis.Server.ExecuteAsync("HGET", "app||theirs", "version"));
    }
}

[Collection("redis")]
public sealed class RedisPubSubTests(RedisFixture redis) : BrokerPubSubSuite(redis.Server)
{
    protected override (string Type, string Metadata) Component =>
        ("pubsub.redis", redis.Host + "    - {name: processingTimeout, value: \"50\"}\n    - {name: redeliverInterval, value: \"20\"}\n");

    public override async Task InitializeAsync()
    {
        await redis.EmptyAsync();
        await base.InitializeAsync();
    }

    [Theory]
    [InlineData(503, "")]
    [Trait("sidecar", "embedded")] // since 1.17 daprd's component acknowledges what the app did not take
    public override Task Anything_else_is_delivered_again_until_it_succeeds(int status, string body) => base.Anything_else_is_delivered_again_until_it_succeeds(status, body);

    [Fact]
    [Trait("sidecar", "embedded")] // subscribes a running app anew
    public Task The_first_subscriber_of_a_topic_gets_what_came_before_it() => FirstSubscriberGetsWhatCameBeforeAsync();
}

[Collection("redis")]
public sealed class RedisConfigurationTests(RedisFixture redis) : ConfigurationSuite
{
    protected override (string Type, string Metadata) Component => ("configuration.redis", redis.Host);

    public override async Task InitializeAsync()
    {
        await redis.EmptyAsync();
        await base.InitializeAsync();
    }

    protected override Task SetAsync(string key, string value, string version) => redis.Server.ExecuteAsync("SET", key, $"{value}||{version}");

    protected override Task KillAsync() => redis.Server.KillAsync();

    protected override Task ReviveAsync() => redis.Server.StartAsync();
}

[Collection("redis")]
public sealed class RedisLockTests(RedisFixture redis) : LockSuite
{
    protected override (string Type, string Metadata) Component => ("lock.redis", redis.Host);

    public override async Task InitializeAsync()
    {
        await redis.EmptyAsync();
        await base.InitializeAsync();
    }
}

[Collection("redis")]
public sealed class RedisOutageTests(RedisFixture redis)
{
    [Fact]
    public async Task Under_an_outbound_policy_a_write_outlasts_an_outage()
    {
        await using var sidecar = new SidecarUnderTest();
        sidecar.Resources($"""
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata:
              name: store
            spec:
              type: state.redis
              version: v1
              metadata:
            {redis.Host}
            ---
            apiVersion: dapr.io/v1alpha1
            kind: Resiliency
            metadata:
              name: patience
            spec:
              policies:
                retries:
                  patient:
                    duration: 50ms
                    maxRetries: 200
              targets:
                components:
                  store:
                    outbound:
                      retry: patient
            """);
        await sidecar.StartAsync();
        await redis.Server.KillAsync();
        var saving = sidecar.Dapr().PostAsync("/v1.0/state/store", SidecarUnderTest.Json("""[{"key":"k","value":1}]"""));
        await redis.Server.StartAsync();
        await saving.HasStatusAsync(204);
        Assert.Equal("1", await sidecar.Dapr().GetAsync("/v1.0/state/store/k").TextAsync());
        // Two writers of one ETag: the loser is told at once, not after two hundred tries.
        await sidecar.Dapr().PostAsync("/v1.0/state/store", SidecarUnderTest.Json("""[{"key":"k","value":2,"etag":"7"}]""")).HasStatusAsync(409);
    }
}
