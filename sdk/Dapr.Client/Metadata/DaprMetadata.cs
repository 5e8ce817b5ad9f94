namespace Dapr.Client;

/// <summary>What a sidecar tells of itself.</summary>
public sealed class DaprMetadata(
    string id,
    IReadOnlyList<DaprActorMetadata> actors,
    IReadOnlyDictionary<string, string> extended,
    IReadOnlyList<DaprComponentsMetadata> components)
{
    /// <summary>The app id.</summary>
    public string Id { get; } = id;

    /// <summary>Active actors by type.</summary>
    public IReadOnlyList<DaprActorMetadata> Actors { get; } = actors;

    /// <summary>Extended attributes.</summary>
    public IReadOnlyDictionary<string, string> Extended { get; } = extended;

    /// <summary>The components this app may use.</summary>
    public IReadOnlyList<DaprComponentsMetadata> Components { get; } = components;
}

/// <summary>Active actors of one type.</summary>
public sealed class DaprActorMetadata(string type, int count)
{
    /// <summary>The actor type.</summary>
    public string Type { get; } = type;

    /// <summary>How many are active.</summary>
    public int Count { get; } = count;
}

/// <summary>A component as the sidecar's metadata shows it.</summary>
public sealed class DaprComponentsMetadata(string name, string type, string version, string[] capabilities)
{
    /// <summary>Its name.</summary>
    public string Name { get; } = name;

    /// <summary>Its type, for example <c>state.redis</c>.</summary>
    public string Type { get; } = type;

    /// <summary>Its version, for example <c>v1</c>.</summary>
    public string Version { get; } = version;

    /// <summary>What it can do, for example <c>ETAG</c>, <c>TRANSACTIONAL</c>, <c>TTL</c>.</summary>
    public string[] Capabilities { get; } = capabilities;
}
