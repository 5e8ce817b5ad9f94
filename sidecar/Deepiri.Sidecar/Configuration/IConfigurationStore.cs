namespace Deepiri.Sidecar.Configuration;

/// <summary>A configuration item.</summary>
internal sealed record ConfigurationItem(string Value, string Version, IReadOnlyDictionary<string, string> Metadata);

/// <summary>Is told of items that have changed, until it is cancelled. Redis tells of a deleted one with an empty value.</summary>
internal delegate Task ConfigurationHandler(IReadOnlyDictionary<string, ConfigurationItem> items, CancellationToken cancellationToken);

/// <summary>A configuration component.</summary>
internal interface IConfigurationStore
{
    /// <summary>The items of these keys that exist; all of them when no key is named.</summary>
    Task<IReadOnlyDictionary<string, ConfigurationItem>> GetAsync(IReadOnlyList<string> keys, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellationToken);

    /// <summary>Tells of changes from now on; of every key when none is named. Returns when it listens.</summary>
    Task<IAsyncDisposable> SubscribeAsync(IReadOnlyList<string> keys, IReadOnlyDictionary<string, string> metadata, ConfigurationHandler handler, CancellationToken cancellationToken);
}
