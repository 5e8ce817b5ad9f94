using System.Collections.Concurrent;
using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Http;

namespace Deepiri.Sidecar.Configuration;

/// <summary>What an app may do with its configuration stores, whichever protocol it speaks (https://docs.dapr.io/reference/api/configuration_api/).</summary>
internal sealed class ConfigurationService(ComponentSet components)
{
    private readonly ConcurrentDictionary<string, (string Store, IAsyncDisposable Subscription, Action? Ended)> _subscriptions = new(StringComparer.Ordinal);

    public async Task<IReadOnlyDictionary<string, ConfigurationItem>> GetAsync(string storeName, IReadOnlyList<string> keys, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellationToken)
    {
        var store = Store(storeName);
        try
        {
            return await store.GetAsync(keys, metadata, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw DaprErrors.Configuration.Get(keys, storeName, e.Message);
        }
    }

    /// <summary>Subscribes, and returns the subscription's id. <paramref name="ended"/> is called when somebody ends it.</summary>
    public async Task<string> SubscribeAsync(string storeName, IReadOnlyList<string> keys, IReadOnlyDictionary<string, string> metadata, ConfigurationHandler handler, Action? ended, CancellationToken cancellationToken)
    {
        var store = Store(storeName);
        var id = Guid.NewGuid().ToString();
        try
        {
            _subscriptions[id] = (storeName, await store.SubscribeAsync(keys, metadata, handler, cancellationToken).ConfigureAwait(false), ended);
            return id;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw DaprErrors.Configuration.Subscribe(keys, storeName, e.Message);
        }
    }

    /// <summary>Ends a subscription; false when there is none of this id.</summary>
    public async Task<bool> UnsubscribeAsync(string storeName, string id)
    {
        // One on a component that is gone can still be ended.
        if (!_subscriptions.ContainsKey(id))
            Store(storeName);
        return await EndAsync(id).ConfigureAwait(false);
    }

    /// <summary>Ends the subscriptions on components that are to go.</summary>
    public async Task EndAsync(IEnumerable<LoadedComponent> of)
    {
        foreach (var (id, _) in _subscriptions.Where(s => of.Any(c => c.Spec.Name == s.Value.Store)))
            await EndAsync(id).ConfigureAwait(false);
    }

    /// <summary>Ends all subscriptions: the app that made them is gone, or about to go. One that comes back subscribes again.</summary>
    public async Task UnsubscribeAllAsync()
    {
        foreach (var id in _subscriptions.Keys)
            await EndAsync(id).ConfigureAwait(false);
    }

    private async Task<bool> EndAsync(string id)
    {
        if (!_subscriptions.TryRemove(id, out var entry))
            return false;
        await entry.Subscription.DisposeAsync().ConfigureAwait(false);
        entry.Ended?.Invoke();
        return true;
    }

    private IConfigurationStore Store(string name) => components.Find<IConfigurationStore>(name)?.Instance
        ?? throw (components.Any<IConfigurationStore>() ? DaprErrors.Configuration.NotFound(name) : DaprErrors.Configuration.NotConfigured());
}
