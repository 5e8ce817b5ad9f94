using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Http;
using Deepiri.Sidecar.PubSub;

namespace Deepiri.Sidecar.State;

/// <summary>What an app may do with its state stores, whichever protocol it speaks.</summary>
internal sealed class StateService(string appId, ComponentSet components, Outboxes outboxes)
{
    public async Task<StateItem?> GetAsync(string storeName, string key, CancellationToken cancellationToken)
    {
        var (component, store) = Store(storeName);
        var fullKey = Keys(component).Full(key);
        try
        {
            return await store.GetAsync(fullKey, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw DaprErrors.State.Get(storeName, key, e.Message);
        }
    }

    /// <summary>The items in the order of the keys; null for a key that does not exist.</summary>
    public async Task<IReadOnlyList<StateItem?>> GetManyAsync(string storeName, IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var (component, store) = Store(storeName);
        var prefix = Keys(component);
        try
        {
            return await store.GetManyAsync([.. keys.Select(prefix.Full)], cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException and not DaprErrorException)
        {
            throw DaprErrors.State.BulkGet(e.Message);
        }
    }

    public async Task SaveAsync(string storeName, IReadOnlyList<StateRequest> requests, CancellationToken cancellationToken)
    {
        var (component, store) = Store(storeName);
        var keys = Keys(component);
        var full = requests.Select(r => (Request: r, Key: keys.Full(r.Key))).ToList();
        try
        {
            // Each item for itself: this is no transaction. The store's group commit makes one of them.
            var operations = full.Select(r => r.Request.ToOperation(r.Key, isDelete: false)).ToList();
            await Task.WhenAll(operations.Select(o => store.ExecuteAsync([o], cancellationToken))).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException and not DaprErrorException)
        {
            throw DaprErrors.State.Save(StatusOf(e), storeName, e.Message);
        }
    }

    public async Task DeleteAsync(string storeName, string key, string? etag, bool firstWrite, CancellationToken cancellationToken)
    {
        var (component, store) = Store(storeName);
        var fullKey = Keys(component).Full(key);
        try
        {
            await store.ExecuteAsync([new StateOperation(fullKey, true, default, etag, firstWrite, null)], cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw DaprErrors.State.Delete(StatusOf(e), key, e.Message);
        }
    }

    public async Task TransactAsync(string storeName, IReadOnlyList<(StateRequest Request, bool IsDelete)> requests, IReadOnlyDictionary<string, string> metadata, (string, string?) trace, CancellationToken cancellationToken)
    {
        var (component, store) = Store(storeName);
        var keys = Keys(component);
        try
        {
            if (outboxes.Find(storeName) is { } outbox)
                await outbox.ExecuteAsync(store, requests, keys, metadata, trace, cancellationToken).ConfigureAwait(false);
            else
                await store.ExecuteAsync([.. requests.Select(r => r.Request.ToOperation(keys.Full(r.Request.Key), r.IsDelete))], cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException and not DaprErrorException)
        {
            throw DaprErrors.State.Transaction(e.Message);
        }
    }

    /// <summary>None of the stores can be queried.</summary>
    public DaprErrorException QueryNotSupported(string storeName)
    {
        Store(storeName);
        return DaprErrors.State.QueryNotSupported(storeName);
    }

    /// <summary>Fails when the store does not exist, as every call on it does before it looks at its body.</summary>
    public void Require(string storeName) => Keys(Store(storeName).Component);

    public static string Rfc3339(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private static int StatusOf(Exception e) => e is ETagMismatchException ? 409 : 500;

    private StateKeys Keys(LoadedComponent component) => new(component, appId);

    private (LoadedComponent Component, IStateStore Store) Store(string name) =>
        components.Find<IStateStore>(name)
        ?? throw (components.Any<IStateStore>() ? DaprErrors.State.NotFound(name, appId) : DaprErrors.State.NotConfigured(name, appId));
}
