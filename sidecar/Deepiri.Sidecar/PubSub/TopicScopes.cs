using Deepiri.Sidecar.Components;

namespace Deepiri.Sidecar.PubSub;

/// <summary>Which topics an app may publish and subscribe to (https://docs.dapr.io/developing-applications/building-blocks/pubsub/pubsub-scopes/).</summary>
internal sealed class TopicScopes
{
    private readonly HashSet<string> _allowed;
    private readonly HashSet<string> _protected;
    private readonly HashSet<string>? _publish;
    private readonly HashSet<string>? _subscribe;

    public TopicScopes(ComponentMetadata metadata, string appId)
    {
        _allowed = Topics(metadata.Text("allowedTopics"));
        _protected = Topics(metadata.Text("protectedTopics"));
        _publish = ForApp(metadata.Text("publishingScopes"), appId);
        _subscribe = ForApp(metadata.Text("subscriptionScopes"), appId);
    }

    public bool MayPublish(string topic) => IsAllowed(topic, _publish);

    public bool MaySubscribe(string topic) => IsAllowed(topic, _subscribe);

    private bool IsAllowed(string topic, HashSet<string>? scope)
    {
        if (_allowed.Count > 0 && !_allowed.Contains(topic))
            return false;
        // An app that the scopes do not name may use every topic that is not protected.
        return scope?.Contains(topic) ?? !_protected.Contains(topic);
    }

    /// <summary><c>app1=t1,t2;app2=</c>: null when the app is not named; empty when it may use none.</summary>
    private static HashSet<string>? ForApp(string? scopes, string appId)
    {
        HashSet<string>? topics = null;
        foreach (var entry in (scopes ?? "").Replace(" ", "").Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = entry.Split('=', 2);
            if (parts.Length == 2 && parts[0].Equals(appId, StringComparison.OrdinalIgnoreCase))
                (topics ??= new(StringComparer.OrdinalIgnoreCase)).UnionWith(Topics(parts[1]));
        }
        return topics;
    }

    private static HashSet<string> Topics(string? list) =>
        new((list ?? "").Replace(" ", "").Split(',', StringSplitOptions.RemoveEmptyEntries), StringComparer.OrdinalIgnoreCase);
}
