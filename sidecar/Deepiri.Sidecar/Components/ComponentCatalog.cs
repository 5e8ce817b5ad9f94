using System.Collections.Frozen;
using Deepiri.Sidecar.Bindings;
using Deepiri.Sidecar.Configuration;
using Deepiri.Sidecar.Conversation;
using Deepiri.Sidecar.Locks;
using Deepiri.Sidecar.Postgres;
using Deepiri.Sidecar.PubSub;
using Deepiri.Sidecar.Redis;
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

    private static readonly string[] s_bindingNames = ["route", "direction"];

    private static readonly string[] s_stateCapabilities = ["ETAG", "TRANSACTIONAL", "TTL", "ACTOR"];

    private static readonly FrozenDictionary<string, ComponentDefinition> s_definitions = new ComponentDefinition[]
    {
        new("state.in-memory", s_stateNames, s_stateCapabilities, (context, _) => Task.FromResult<object>(new InMemoryStateStore(context.Run.Time))),
        new("state.sqlite", [.. s_stateNames, .. SqliteStateStore.MetadataNames], s_stateCapabilities, SqliteStateStore.CreateAsync),
        new("state.redis", [.. s_stateNames, .. RedisStateStore.MetadataNames], s_stateCapabilities, RedisStateStore.CreateAsync),
        PostgresState("state.postgresql"),
        PostgresState("state.postgres"),
        new("pubsub.in-memory", s_pubSubNames, [], (context, _) => Task.FromResult<object>(new InMemoryPubSub(context.Run.Broker(context.Spec.Name), context))),
        new("pubsub.sqlite", [.. s_pubSubNames, .. SqlitePubSub.MetadataNames], ["MESSAGE_TTL"], SqlitePubSub.CreateAsync),
        new("pubsub.redis", [.. s_pubSubNames, .. RedisPubSubOptions.MetadataNames], [], RedisPubSub.CreateAsync),
        new("pubsub.rabbitmq", [.. s_pubSubNames, .. RabbitMqOptions.MetadataNames], ["MESSAGE_TTL"], RabbitMqPubSub.CreateAsync),
        new("configuration.redis", RedisOptions.MetadataNames, [], RedisConfigurationStore.CreateAsync),
        new("configuration.postgresql", PostgresConfigurationStore.MetadataNames, [], PostgresConfigurationStore.CreateAsync),
        new("configuration.postgres", PostgresConfigurationStore.MetadataNames, [], PostgresConfigurationStore.CreateAsync),
        new("lock.redis", ["keyPrefix", .. RedisOptions.MetadataNames], [], RedisLockStore.CreateAsync),
        new("bindings.http", [.. s_bindingNames, .. HttpBinding.MetadataNames], [], (context, _) => Task.FromResult<object>(new HttpBinding(context))),
        new("bindings.cron", [.. s_bindingNames, "schedule"], [], (context, _) => Task.FromResult<object>(new CronBinding(context))),
        new("bindings.smtp", [.. s_bindingNames, .. SmtpBinding.MetadataNames], [], (context, _) => Task.FromResult<object>(new SmtpBinding(context))),
        new("bindings.localstorage", [.. s_bindingNames, "rootPath"], [], (context, _) => Task.FromResult<object>(new LocalStorageBinding(context))),
        new("conversation.echo", [], [], (_, _) => Task.FromResult<object>(new EchoConversation())),
        new("conversation.openai", OpenAiConversation.MetadataNames, [], (context, _) => Task.FromResult<object>(new OpenAiConversation(context))),
        new("secretstores.local.file", ["secretsFile", "nestedSeparator", "multiValued"], [],
            (context, _) => Task.FromResult<object>(new LocalFileSecretStore(context))),
        new("secretstores.local.env", ["prefix"], [],
            (context, _) => Task.FromResult<object>(new LocalEnvironmentSecretStore(context.Metadata.Text("prefix") ?? ""))),
    }.ToFrozenDictionary(d => d.Type, StringComparer.OrdinalIgnoreCase);

    public static IEnumerable<string> Types => s_definitions.Keys.Order(StringComparer.Ordinal);

    public static ComponentDefinition? Find(string type) => s_definitions.GetValueOrDefault(type);

    private static ComponentDefinition PostgresState(string type) =>
        new(type, [.. s_stateNames, .. PostgresStateStore.MetadataNames], s_stateCapabilities, PostgresStateStore.CreateAsync) { Version = "v2" };
}
