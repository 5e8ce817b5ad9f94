namespace Deepiri.Sidecar.Conformance;

/// <summary>App health checks (B12).</summary>
[Trait("sidecar", "embedded")] // probes faster than the whole seconds that daprd takes
public sealed class AppHealthTests : IAsyncLifetime
{
    private readonly SidecarUnderTest _sidecar = new();
    private volatile int _health = 503;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _sidecar.DisposeAsync();

    [Fact]
    public async Task An_app_gets_nothing_until_it_is_well_and_nothing_while_it_is_not()
    {
        await StartAsync();
        const string Unhealthy = "failed to invoke, id: app, err: rpc error: code = Internal desc = error invoking app channel: rpc error: code = Internal desc = app is not in a healthy state";
        await PublishAsync("1");
        await Caller.GetAsync("/v1.0/invoke/app/method/m").IsErrorAsync(500, "ERR_DIRECT_INVOKE", Unhealthy);
        Assert.Empty(App.To("/m"));
        Assert.Empty(App.To("/in"));

        _health = 200;
        await Eventually.AssertAsync(() => Assert.True(_sidecar.Find().IsReady));
        await Caller.GetAsync("/v1.0/invoke/app/method/m").HasStatusAsync(200);
        await Eventually.AssertAsync(() => Assert.Single(App.To("/in")));

        _health = 500;
        await Eventually.AssertAsync(async () => await Caller.GetAsync("/v1.0/invoke/app/method/m").IsErrorAsync(500, "ERR_DIRECT_INVOKE", Unhealthy));
        await _sidecar.Dapr().GetAsync("/v1.0/invoke/app/method/m").IsErrorAsync(500, "ERR_DIRECT_INVOKE", "failed to invoke, id: app, err: rpc error: code = Internal desc = app is not in a healthy state");
        await Eventually.AssertAsync(() => Assert.False(_sidecar.Find().IsReady));
        await PublishAsync("2");
        var probes = App.To("/live").Count;
        await Eventually.AssertAsync(() => Assert.True(App.To("/live").Count > probes + 5));
        Assert.Single(App.To("/in"));

        _health = 204;
        await Eventually.AssertAsync(() => Assert.Equal(2, App.To("/in").Count));
    }

    [Fact]
    public async Task Fewer_failures_than_the_threshold_change_nothing()
    {
        await StartAsync();
        _health = 200;
        await Eventually.AssertAsync(() => Assert.True(_sidecar.Find().IsReady));
        var count = 0;
        App.Answer = (context, request) =>
        {
            // Two failures, a success, two failures ...
            if (request.Path == "/live" && Interlocked.Increment(ref count) % 3 != 0)
                context.Response.StatusCode = 500;
            return Task.CompletedTask;
        };
        await Eventually.AssertAsync(async () =>
        {
            await Caller.GetAsync("/v1.0/invoke/app/method/m").HasStatusAsync(200);
            Assert.True(Volatile.Read(ref count) > 30);
        });
        Assert.True(_sidecar.Find().IsReady);
    }

    private HttpClient Caller => _sidecar.Dapr("caller");

    private TestApp App => _sidecar.App();

    private async Task StartAsync()
    {
        _sidecar.Resources("apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: pubsub}\nspec: {type: pubsub.sqlite, version: v1, metadata: [{name: connectionString, value: pubsub.db}]}");
        await _sidecar.AddAppAsync();
        App.Answer = (context, request) =>
        {
            if (request.Path == "/live")
                context.Response.StatusCode = _health;
            return Task.CompletedTask;
        };
        await _sidecar.StartAsync(subscriptions: """[{"pubsubname":"pubsub","topic":"t","route":"/in"}]""",
            health: new AppHealthOptions { Path = "/live", ProbeInterval = TimeSpan.FromMilliseconds(20), ProbeTimeout = TimeSpan.FromSeconds(5) });
        await _sidecar.StartAsync("caller");
    }

    private Task PublishAsync(string data) => Caller.PostAsync("/v1.0/publish/pubsub/t", SidecarUnderTest.Json(data)).HasStatusAsync(204);
}
