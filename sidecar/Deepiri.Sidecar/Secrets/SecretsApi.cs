using System.Text.Json.Nodes;
using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Http;
using Deepiri.Sidecar.Resources;
using Microsoft.AspNetCore.Http;

namespace Deepiri.Sidecar.Secrets;

/// <summary>Dapr's secrets API (https://docs.dapr.io/reference/api/secrets_api/), with the scopes of the Configuration.</summary>
internal sealed class SecretsApi(ComponentSet components, IReadOnlyList<SecretScope> scopes)
{
    public async Task GetAsync(HttpContext context, string storeName, string key)
    {
        var store = Store(storeName);
        if (!IsAllowed(storeName, key))
            throw DaprErrors.Secrets.Denied(key, storeName);
        try
        {
            var secret = await store.GetAsync(key, context.RequestAborted).ConfigureAwait(false);
            await context.Response.WriteJsonAsync(ToJson(secret)).ConfigureAwait(false);
        }
        catch (KeyNotFoundException e)
        {
            throw DaprErrors.Secrets.Get(key, storeName, e.Message);
        }
    }

    public async Task GetAllAsync(HttpContext context, string storeName)
    {
        var secrets = await Store(storeName).GetAllAsync(context.RequestAborted).ConfigureAwait(false);
        var body = new JsonObject();
        foreach (var (name, values) in secrets.Where(s => IsAllowed(storeName, s.Key)))
            body[name] = ToJson(values);
        await context.Response.WriteJsonAsync(body).ConfigureAwait(false);
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

    private static JsonObject ToJson(IReadOnlyDictionary<string, string> values)
    {
        var json = new JsonObject();
        foreach (var (name, value) in values)
            json[name] = value;
        return json;
    }
}
