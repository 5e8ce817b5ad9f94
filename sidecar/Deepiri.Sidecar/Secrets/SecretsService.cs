using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Http;
using Deepiri.Sidecar.Resources;

namespace Deepiri.Sidecar.Secrets;

/// <summary>The secrets that an app may read, whichever protocol it speaks: those of its stores, within the scopes of its Configuration.</summary>
internal sealed class SecretsService(ComponentSet components, IReadOnlyList<SecretScope> scopes)
{
    public async Task<IReadOnlyDictionary<string, string>> GetAsync(string storeName, string key, CancellationToken cancellationToken)
    {
        var store = Store(storeName);
        if (!IsAllowed(storeName, key))
            throw DaprErrors.Secrets.Denied(key, storeName);
        try
        {
            return await store.GetAsync(key, cancellationToken).ConfigureAwait(false);
        }
        catch (KeyNotFoundException e)
        {
            throw DaprErrors.Secrets.Get(key, storeName, e.Message);
        }
    }

    public async Task<IEnumerable<KeyValuePair<string, IReadOnlyDictionary<string, string>>>> GetAllAsync(string storeName, CancellationToken cancellationToken)
    {
        var secrets = await Store(storeName).GetAllAsync(cancellationToken).ConfigureAwait(false);
        return secrets.Where(s => IsAllowed(storeName, s.Key));
    }

    private ISecretStore Store(string name) => components.Find<ISecretStore>(name)?.Instance
        ?? throw (components.Any<ISecretStore>() ? DaprErrors.Secrets.NotFound(name) : DaprErrors.Secrets.NotConfigured());

    /// <summary>Denied beats allowed; a list of allowed secrets makes all others denied.</summary>
    private bool IsAllowed(string storeName, string key)
    {
        if (scopes.FirstOrDefault(s => s.StoreName == storeName) is not { } scope)
            return true;
        if (scope.Denied.Contains(key))
            return false;
        return scope.Allowed.Count > 0 ? scope.Allowed.Contains(key) : scope.DefaultAccess == AccessAction.Allow;
    }
}
