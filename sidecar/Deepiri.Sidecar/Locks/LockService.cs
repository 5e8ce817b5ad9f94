using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Http;
using Deepiri.Sidecar.State;

namespace Deepiri.Sidecar.Locks;

/// <summary>What an app may do with its lock stores, whichever protocol it speaks (https://docs.dapr.io/reference/api/distributed_lock_api/).</summary>
internal sealed class LockService(string appId, ComponentSet components)
{
    public async Task<bool> TryLockAsync(string storeName, string resourceId, string owner, int expiryInSeconds)
    {
        var (component, store) = Store(storeName);
        Require(storeName, resourceId, owner);
        var key = Key(component, resourceId);
        if (expiryInSeconds <= 0)
            throw DaprErrors.Lock.Malformed($"ExpiryInSeconds is not positive in lock store {storeName}");
        try
        {
            return await store.TryLockAsync(key, owner, TimeSpan.FromSeconds(expiryInSeconds)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw DaprErrors.Lock.TryLock(e.Message);
        }
    }

    public async Task<UnlockStatus> UnlockAsync(string storeName, string resourceId, string owner)
    {
        var (component, store) = Store(storeName);
        Require(storeName, resourceId, owner);
        var key = Key(component, resourceId);
        try
        {
            return await store.UnlockAsync(key, owner).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw DaprErrors.Lock.Unlock(e.Message);
        }
    }

    /// <summary>By default apps share no locks; <c>keyPrefix</c> says otherwise, in the words that it has for state (B3).</summary>
    private string Key(LoadedComponent component, string resourceId) => $"lock||{new StateKeys(component, appId).Full(resourceId)}";

    private static void Require(string storeName, string resourceId, string owner)
    {
        if (resourceId.Length == 0)
            throw DaprErrors.Lock.Malformed($"ResourceId is empty in lock store {storeName}");
        if (owner.Length == 0)
            throw DaprErrors.Lock.Malformed($"LockOwner is empty in lock store {storeName}");
    }

    private (LoadedComponent Component, ILockStore Store) Store(string name) => components.Find<ILockStore>(name)
        ?? throw (components.Any<ILockStore>() ? DaprErrors.Lock.NotFound(name) : DaprErrors.Lock.NotConfigured());
}
