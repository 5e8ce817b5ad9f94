using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Deepiri.Sidecar.Conformance;

/// <summary>The transactional outbox: a transaction's events are published if, and only if, it happened.</summary>
public abstract class OutboxSuite : IAsyncLifetime
{
    protected SidecarUnderTest Sidecar { get; } = new();

    protected abstract string Components { get; }

    private TestApp App => Sidecar.App();

    public Task InitializeAsync()
    {
        Sidecar.Resources(Components);
        return Sidecar.StartAsync(subscriptions: """[{"pubsubname":"pubsub","topic":"orders","route":"/orders"}]""");
    }

    public async Task DisposeAsync() => await Sidecar.DisposeAsync();

    [Fact]
    public async Task Each_upsert_is_published_and_deletes_are_not()
    {
        await TransactAsync("""{"operations":[{"operation":"upsert","request":{"key":"a","value":{"n":1},"metadata":{"contentType":"application/json"}}},{"operation":"upsert","request":{"key":"b","value":"text"}},{"operation":"delete","request":{"key":"c"}}]}""").HasStatusAsync(204);
        await Eventually.AssertAsync(() => Assert.Equal(2, App.To("/orders").Count));
        var events = App.To("/orders").Select(r => JsonDocument.Parse(r.Body).RootElement).ToList();
        Assert.Contains(events, e => e.GetProperty("data").ValueKind == JsonValueKind.Object && e.GetProperty("data").GetProperty("n").GetInt32() == 1);
        Assert.Contains(events, e => e.GetProperty("data").ValueKind == JsonValueKind.String && e.GetProperty("data").GetString() == "text" && e.GetProperty("datacontenttype").GetString() == "text/plain");
        Assert.All(events, e => Assert.Equal(["app", "com.dapr.event.sent", "orders", "pubsub"], new[] { "source", "type", "topic", "pubsubname" }.Select(n => e.GetProperty(n).GetString()!)));
        Assert.All(events, e => Assert.StartsWith("outbox-", e.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task A_projection_is_published_in_place_of_what_is_saved()
    {
        await TransactAsync("""{"operations":[{"operation":"upsert","request":{"key":"a","value":{"secret":1},"metadata":{"contentType":"application/json","cloudevent.type":"order.placed","cloudevent.subject":"a"}}},{"operation":"upsert","request":{"key":"a","value":{"public":2},"metadata":{"outbox.projection":"true","contentType":"application/json"}}}]}""").HasStatusAsync(204);
        await Eventually.AssertAsync(() => Assert.Single(App.To("/orders")));
        var e = JsonDocument.Parse(App.To("/orders")[0].Body).RootElement;
        Assert.Equal(2, e.GetProperty("data").GetProperty("public").GetInt32());
        Assert.Equal(["order.placed", "a"], new[] { "type", "subject" }.Select(n => e.GetProperty(n).GetString()!));
        Assert.Equal("""{"secret":1}""", await Sidecar.Dapr().GetAsync("/v1.0/state/store/a").TextAsync());
    }

    [Fact]
    [Trait("sidecar", "embedded")] // two projections after their items crash daprd 1.18.3
    public async Task Projections_may_stand_anywhere()
    {
        static string Upsert(string key, string value, bool isProjection = false) =>
            $$$"""{"operation":"upsert","request":{"key":"{{{key}}}","value":"{{{value}}}","metadata":{"outbox.projection":"{{{(isProjection ? "true" : "false")}}}"} } }""";
        string[] operations = [Upsert("b", "projected-b", true), Upsert("a", "saved-a"), Upsert("b", "saved-b"), Upsert("c", "saved-c"), Upsert("a", "projected-a", true), Upsert("c", "projected-c", true)];
        await TransactAsync($$"""{"operations":[{{string.Join(',', operations)}}]}""").HasStatusAsync(204);
        await Eventually.AssertAsync(() => Assert.Equal(["projected-a", "projected-b", "projected-c"],
            App.To("/orders").Select(r => JsonDocument.Parse(r.Body).RootElement.GetProperty("data").GetString()).Order(StringComparer.Ordinal)));
        foreach (var key in new[] { "a", "b", "c" })
            Assert.Equal($"\"saved-{key}\"", await Sidecar.Dapr().GetAsync($"/v1.0/state/store/{key}").TextAsync());
        // Delivery goes on.
        await TransactAsync($$"""{"operations":[{{Upsert("d", "later")}}]}""").HasStatusAsync(204);
        await Eventually.AssertAsync(() => Assert.Contains(App.To("/orders"), r => r.Body.Contains("later", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_projection_without_its_operation_fails_the_transaction()
    {
        await TransactAsync("""{"operations":[{"operation":"upsert","request":{"key":"a","value":1}},{"operation":"upsert","request":{"key":"b","value":2,"metadata":{"outbox.projection":"true"}}}]}""").HasStatusAsync(500);
        await Sidecar.Dapr().GetAsync("/v1.0/state/store/a").HasStatusAsync(204);
    }

    [Fact]
    public async Task A_transaction_that_fails_publishes_nothing()
    {
        for (var i = 0; i < 20; i++)
            await TransactAsync("""{"operations":[{"operation":"upsert","request":{"key":"lost","value":"lost"}},{"operation":"upsert","request":{"key":"x","value":1,"etag":"none"}}]}""").HasStatusAsync(500);
        await TransactAsync("""{"operations":[{"operation":"upsert","request":{"key":"kept","value":"kept"}}]}""").HasStatusAsync(204);
        await Eventually.AssertAsync(() => Assert.NotEmpty(App.To("/orders")));
        Assert.Contains("kept", Assert.Single(App.To("/orders")).Body);
        await Sidecar.Dapr().GetAsync("/v1.0/state/store/lost").HasStatusAsync(204);
    }

    [Fact]
    public async Task Saving_outside_a_transaction_publishes_nothing()
    {
        await Sidecar.Dapr().PostAsync("/v1.0/state/store", SidecarUnderTest.Json("""[{"key":"quiet","value":"quiet"}]""")).HasStatusAsync(204);
        await TransactAsync("""{"operations":[{"operation":"upsert","request":{"key":"k","value":"loud"}}]}""").HasStatusAsync(204);
        await Eventually.AssertAsync(() => Assert.NotEmpty(App.To("/orders")));
        Assert.Contains("loud", Assert.Single(App.To("/orders")).Body);
    }

    protected Task<HttpResponseMessage> TransactAsync(string body) => Sidecar.Dapr().PostAsync("/v1.0/state/store/transaction", SidecarUnderTest.Json(body));

    protected static string Component(string name, string type, params (string Name, string Value)[] metadata) =>
        $"---\napiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata:\n  name: {name}\nspec:\n  type: {type}\n  version: v1\n  metadata:\n{string.Concat(metadata.Select(m => $"    - {{name: {m.Name}, value: {m.Value}}}\n"))}";
}

[Trait("sidecar", "embedded")] // daprd keeps such a broker for one app only
public sealed class InMemoryOutboxTests : OutboxSuite
{
    protected override string Components => Component("store", "state.in-memory", ("outboxPublishPubsub", "pubsub"), ("outboxPublishTopic", "orders")) + Component("pubsub", "pubsub.in-memory");
}

[Trait("sidecar", "embedded")] // daprd has no such component
public sealed class SqliteOutboxTests : OutboxSuite
{
    protected override string Components =>
        Component("store", "state.sqlite", ("connectionString", "state.db"), ("outboxPublishPubsub", "pubsub"), ("outboxPublishTopic", "orders"), ("outboxPubsub", "internal"))
        + Component("pubsub", "pubsub.sqlite", ("connectionString", "pubsub.db"), ("redeliverInterval", "20ms"))
        + Component("internal", "pubsub.sqlite", ("connectionString", "internal.db"), ("redeliverInterval", "20ms"));

    [Fact]
    public async Task What_was_committed_but_not_relayed_is_published_after_a_restart()
    {
        // The state a crash leaves between commit and relay: a marker, and the internal message unacknowledged.
        await TransactAsync("""{"operations":[{"operation":"upsert","request":{"key":"first","value":"first"}}]}""").HasStatusAsync(204);
        await Eventually.AssertAsync(() => Assert.Single(Sidecar.App().To("/orders")));
        Sidecar.App().Answer = (context, _) =>
        {
            context.Response.StatusCode = 503;
            return Task.CompletedTask;
        };
        await TransactAsync("""{"operations":[{"operation":"upsert","request":{"key":"second","value":"second"}}]}""").HasStatusAsync(204);
        await Sidecar.RestartAsync();
        Sidecar.App().Requests.Clear();
        Sidecar.App().Answer = (_, _) => Task.CompletedTask;
        await Sidecar.StartAsync();
        await Eventually.AssertAsync(() => Assert.Contains(Sidecar.App().To("/orders"), r => r.Body.Contains("second")));
    }
}
