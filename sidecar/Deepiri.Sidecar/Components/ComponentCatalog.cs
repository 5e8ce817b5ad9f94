using System.Collections.Frozen;
using Deepiri.Sidecar.PubSub;
using Deepiri.Sidecar.Secrets;
using Deepiri.Sidecar.State;

namespace Deepiri.Sidecar.Components;

/// <summary>Every component type of the embedded sidecar. A new component is one entry here.</summary>
internal static class ComponentCatalog
{
    private static readonly string[] s_stateNames =
        ["keyPrefix", "actorStateStore", "outboxPublishPubsub", "outboxPublishTopic", "outboxPubsub", "outboxDiscardWhenMissingState"];

    private static readonly string[] s_pubSubNames =
        ["allowedTopics", "publishingScopes", "subscriptionScopes", "protectedTopics"];

    private static readonly string[] s_stateCapabilities = ["ETAG", "TRANSACTIONAL", "TTL", "ACTOR"];

    private static readonly FrozenDictionary<string, ComponentDefinition> s_definitions = new ComponentDefinition[]
    {
        new("state.in-memory", s_stateNames, s_stateCapabilities,
            (context, _) => Task.FromResult<object>(new InMemoryStateStore(context.Run.Time))),
        new("state.sqlite",
            [.. s_stateNames, "connectionString", "url", "tableName", "busyTimeout", "disableWAL", "cleanupInterval", "cleanupIntervalInSeconds"],
            s_stateCapabilities, CreateSqliteStateAsync),
        new("pubsub.in-memory", s_pubSubNames, [],
            (context, _) => Task.FromResult<object>(new InMemoryPubSub(context.Run.Broker(context.Spec.Name), context))),
        new("pubsub.sqlite",
            [.. s_pubSubNames, "connectionString", "url", "busyTimeout", "disableWAL", "concurrency", "redeliverInterval", "maxRedeliverInterval", "retention"],
            ["MESSAGE_TTL"], CreateSqlitePubSubAsync),
        new("secretstores.local.file", ["secretsFile", "nestedSeparator", "multiValued"], [],
            (context, _) => Task.FromResult<object>(new LocalFileSecretStore(context))),
        new("secretstores.local.env", ["prefix"], [],
            (context, _) => Task.FromResult<object>(new LocalEnvironmentSecretStore(context.Metadata.Text("prefix") ?? ""))),
    }.ToFrozenDictionary(d => d.Type, StringComparer.OrdinalIgnoreCase);

    public static IEnumerable<string> Types => s_definitions.Keys.Order(StringComparer.Ordinal);

    public static ComponentDefinition? Find(string type) => s_definitions.GetValueOrDefault(type);

    private static async Task<object> CreateSqliteStateAsync(ComponentContext context, CancellationToken cancellationToken)
    {
        var store = new SqliteStateStore(context);
        await store.InitializeAsync(cancellationToken).ConfigureAwait(false);
        return store;
    }

    private static async Task<object> CreateSqlitePubSubAsync(ComponentContext context, CancellationToken cancellationToken)
    {
        var pubSub = new SqlitePubSub(context);
        await pubSub.InitializeAsync(cancellationToken).ConfigureAwait(false);
        return pubSub;
    }
}
