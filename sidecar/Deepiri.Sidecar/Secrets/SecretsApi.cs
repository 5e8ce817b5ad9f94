using System.Text.Json.Nodes;
using Deepiri.Sidecar.Http;
using Microsoft.AspNetCore.Http;

namespace Deepiri.Sidecar.Secrets;

/// <summary>Dapr's secrets API over HTTP (https://docs.dapr.io/reference/api/secrets_api/).</summary>
internal sealed class SecretsApi(SecretsService secrets)
{
    public async Task GetAsync(HttpContext context, string storeName, string key) =>
        await context.Response.WriteJsonAsync(ToJson(await secrets.GetAsync(storeName, key, context.RequestAborted).ConfigureAwait(false))).ConfigureAwait(false);

    public async Task GetAllAsync(HttpContext context, string storeName)
    {
        var body = new JsonObject();
        foreach (var (name, values) in await secrets.GetAllAsync(storeName, context.RequestAborted).ConfigureAwait(false))
            body[name] = ToJson(values);
        await context.Response.WriteJsonAsync(body).ConfigureAwait(false);
    }

    private static JsonObject ToJson(IReadOnlyDictionary<string, string> values)
    {
        var json = new JsonObject();
        foreach (var (name, value) in values)
            json[name] = value;
        return json;
    }
}
