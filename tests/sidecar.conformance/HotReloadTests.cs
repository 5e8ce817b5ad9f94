using System.Text.Json;
using Dapr.Proto.Runtime.V1;

namespace Deepiri.Sidecar.Conformance;

/// <summary>Components and subscriptions that change on disk while the sidecar runs.</summary>
[Trait("sidecar", "embedded")] // daprd does not tell why it refuses, and ends
public sealed class HotReloadTests : IAsyncLifetime
{
    private const string PubSub = "apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: pubsub}\nspec: {type: pubsub.sqlite, version: v1, metadata: [{name: connectionString, value: pubsub.db}]}\n";

    private readonly SidecarUnderTest _sidecar = new();

    private HttpClient Dapr => _sidecar.Dapr();

    private TestApp App => _sidecar.App();

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _sidecar.DisposeAsync();

    [Fact]
    public async Task A_component_that_is_added_changed_and_removed_is_so_in_the_running_sidecar()
    {
        await StartAsync();
        await Dapr.GetAsync("/v1.0/state/store/k").HasStatusAsync(500);
        Write("store.yaml", Store("one.db"));
        await Eventually.AssertAsync(() => SaveAsync("1").HasStatusAsync(204));
        Write("store.yaml", Store("two.db"));
        await Eventually.AssertAsync(() => Dapr.GetAsync("/v1.0/state/store/k").HasStatusAsync(204));
        Write("store.yaml", Store("one.db"));
        await Eventually.AssertAsync(async () => Assert.Equal("1", await Dapr.GetAsync("/v1.0/state/store/k").TextAsync()));
        File.Delete(PathOf("store.yaml"));
        await Eventually.AssertAsync(() => Dapr.GetAsync("/v1.0/state/store/k").HasStatusAsync(500));
        Assert.Null(_sidecar.Find().ReloadFault);
    }

    [Theory]
    [InlineData("{type: state.sqlite, version: v1, metadata: [{name: colour, value: red}]}", "store.yaml:4: 'state.sqlite' has no metadata 'colour'")]
    [InlineData("{type: state.sqlite, version: v1}", "component 'store' (state.sqlite) cannot be started for app 'app': metadata 'connectionString' is missing")]
    [InlineData("{type: [", "store.yaml:")]
    public async Task What_cannot_be_used_is_told_and_what_was_there_stays(string spec, string fault)
    {
        Write("store.yaml", Store("one.db"));
        await StartAsync();
        await SaveAsync("1").HasStatusAsync(204);
        Write("store.yaml", $"apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {{name: store}}\nspec: {spec}\n");
        await Eventually.AssertAsync(() => Assert.Contains(fault, _sidecar.Find().ReloadFault));
        Assert.Equal("1", await Dapr.GetAsync("/v1.0/state/store/k").TextAsync());
        Write("store.yaml", Store("one.db"));
        await Eventually.AssertAsync(() => Assert.Null(_sidecar.Find().ReloadFault));
        Assert.Equal("1", await Dapr.GetAsync("/v1.0/state/store/k").TextAsync());
    }

    [Fact]
    public async Task The_store_of_actors_cannot_change_under_them()
    {
        Write("store.yaml", Store("one.db", ", {name: actorStateStore, value: 'true'}"));
        await StartAsync();
        Write("store.yaml", Store("two.db", ", {name: actorStateStore, value: 'true'}"));
        await Eventually.AssertAsync(() => Assert.Contains("'store' keeps the state of actors and workflows and cannot change while they run; restart the platform", _sidecar.Find().ReloadFault));
    }

    [Fact]
    public async Task Subscriptions_come_and_go_and_no_event_is_lost_meanwhile()
    {
        await StartAsync();
        Write("subs.yaml", Subscription("/first"));
        await Eventually.AssertAsync(async () => Assert.Equal(1, (await Dapr.GetAsync("/v1.0/metadata").JsonAsync()).GetProperty("subscriptions").GetArrayLength()));
        using var stop = new CancellationTokenSource();
        var published = 0;
        var publishing = Task.Run(async () =>
        {
            for (; !stop.IsCancellationRequested; published++)
                await Dapr.PostAsync("/v1.0/publish/pubsub/t", SidecarUnderTest.Json($"{published}")).HasStatusAsync(204);
        });
        await Eventually.AssertAsync(() => Assert.NotEmpty(App.To("/first")));
        Write("subs.yaml", Subscription("/second"));
        await Eventually.AssertAsync(() => Assert.NotEmpty(App.To("/second")));
        await stop.CancelAsync();
        await publishing;
        await Eventually.AssertAsync(() => Assert.Equal(published, App.To("/first").Concat(App.To("/second")).Select(r => JsonDocument.Parse(r.Body).RootElement.GetProperty("data").GetInt32()).Distinct().Count()));
        File.Delete(PathOf("subs.yaml"));
        await Eventually.AssertAsync(async () => Assert.False((await Dapr.GetAsync("/v1.0/metadata").JsonAsync()).TryGetProperty("subscriptions", out var left) && left.GetArrayLength() > 0));
    }

    [Fact]
    public async Task A_stream_ends_with_its_component_and_what_it_had_not_answered_comes_again()
    {
        await StartAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        await Dapr.PostAsync("/v1.0/publish/pubsub/t?metadata.cloudevent.id=kept", SidecarUnderTest.Json("1")).HasStatusAsync(204);
        // Several times over one connection: a stream that the sidecar ended must leave nothing behind for the next.
        for (var reload = 1; reload <= 8; reload++)
        {
            await using var stream = await OpenAsync(patience.Token);
            Assert.Equal("kept", (await stream.ReadAsync(patience.Token))!.EventMessage.Id);
            Write("pubsub.yaml", PubSub.Replace("pubsub.db}", $"pubsub.db}}, {{name: concurrency, value: '{reload + 1}'}}"));
            Assert.Null(await stream.ReadAsync(patience.Token));
        }
    }

    [Fact]
    public async Task Transactions_go_on_over_reloads_and_each_of_their_events_comes_once()
    {
        Write("store.yaml", Store("one.db", ", {name: outboxPublishPubsub, value: pubsub}, {name: outboxPublishTopic, value: t}"));
        Write("subs.yaml", Subscription("/in"));
        await StartAsync();
        using var stop = new CancellationTokenSource();
        var saved = 0;
        var saving = Task.Run(async () =>
        {
            for (; !stop.IsCancellationRequested; saved++)
                await Dapr.PostAsync("/v1.0/state/store/transaction", SidecarUnderTest.Json($$$"""{"operations":[{"operation":"upsert","request":{"key":"k{{{saved}}}","value":{{{saved}}}}}]}""")).HasStatusAsync(204);
        });
        for (var reload = 1; reload <= 3; reload++)
        {
            Write("other.yaml", Store($"other{reload}.db").Replace("{name: store}", "{name: other}"));
            await Eventually.AssertAsync(() => Dapr.PostAsync("/v1.0/state/other", SidecarUnderTest.Json("[]")).HasStatusAsync(204));
            await Task.Delay(500);
        }
        await stop.CancelAsync();
        await saving;
        await Eventually.AssertAsync(() => Assert.Equal(Enumerable.Range(0, saved), App.To("/in").Select(r => JsonDocument.Parse(r.Body).RootElement.GetProperty("data").ToString()).Select(int.Parse).Order()));
    }

    [Fact]
    public async Task The_broker_can_be_swapped_while_it_runs()
    {
        Write("subs.yaml", Subscription("/in"));
        await StartAsync();
        Write("pubsub.yaml", "apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {name: pubsub}\nspec: {type: pubsub.in-memory, version: v1}\n");
        await Eventually.AssertAsync(async () => Assert.Contains("pubsub.in-memory", await Dapr.GetAsync("/v1.0/metadata").TextAsync()));
        await Eventually.AssertAsync(async () =>
        {
            await Dapr.PostAsync("/v1.0/publish/pubsub/t", SidecarUnderTest.Json("1")).HasStatusAsync(204);
            Assert.NotEmpty(App.To("/in"));
        });
    }

    private Task StartAsync()
    {
        Write("pubsub.yaml", PubSub);
        return _sidecar.StartAsync();
    }

    private async Task<GrpcStream<SubscribeTopicEventsRequestAlpha1, SubscribeTopicEventsResponseAlpha1>> OpenAsync(CancellationToken cancellationToken)
    {
        var stream = await _sidecar.Grpc().DuplexStreamingAsync<SubscribeTopicEventsRequestAlpha1, SubscribeTopicEventsResponseAlpha1>("/dapr.proto.runtime.v1.Dapr/SubscribeTopicEventsAlpha1", cancellationToken);
        await stream.WriteAsync(new() { InitialRequest = new() { PubsubName = "pubsub", Topic = "t" } }, cancellationToken);
        Assert.NotNull((await stream.ReadAsync(cancellationToken))!.InitialResponse);
        return stream;
    }

    private Task<HttpResponseMessage> SaveAsync(string value) => Dapr.PostAsync("/v1.0/state/store", SidecarUnderTest.Json($$"""[{"key":"k","value":{{value}}}]"""));

    private string PathOf(string file) => Path.Combine(_sidecar.Directory.Path, "resources", file);

    private void Write(string file, string yaml) => _sidecar.Directory.Write("resources/" + file, yaml);

    private static string Store(string database, string metadata = "") =>
        $"apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {{name: store}}\nspec: {{type: state.sqlite, version: v1, metadata: [{{name: connectionString, value: {database}}}{metadata}]}}\n";

    private static string Subscription(string route) =>
        $"apiVersion: dapr.io/v1alpha1\nkind: Subscription\nmetadata: {{name: s}}\nspec: {{pubsubname: pubsub, topic: t, route: {route}}}\n";
}
