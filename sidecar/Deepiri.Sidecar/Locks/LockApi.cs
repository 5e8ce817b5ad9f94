using System.Text.Json;
using System.Text.Json.Nodes;
using Deepiri.Sidecar.Http;
using Microsoft.AspNetCore.Http;

namespace Deepiri.Sidecar.Locks;

/// <summary>Dapr's lock API over HTTP.</summary>
internal sealed class LockApi(LockService locks)
{
    public async Task LockAsync(HttpContext context, string store)
    {
        using var body = await context.Request.JsonAsync().ConfigureAwait(false);
        var request = body.RootElement;
        var success = await locks.TryLockAsync(store, request.Text("resourceId") ?? "", request.Text("lockOwner") ?? "", Expiry(request)).ConfigureAwait(false);
        await context.Response.WriteJsonAsync(new JsonObject { ["success"] = success }).ConfigureAwait(false);
    }

    public async Task UnlockAsync(HttpContext context, string store)
    {
        using var body = await context.Request.JsonAsync().ConfigureAwait(false);
        var request = body.RootElement;
        var status = await locks.UnlockAsync(store, request.Text("resourceId") ?? "", request.Text("lockOwner") ?? "").ConfigureAwait(false);
        await context.Response.WriteJsonAsync(new JsonObject { ["status"] = (int)status }).ConfigureAwait(false);
    }

    private static int Expiry(JsonElement request) => !request.TryGetProperty("expiryInSeconds", out var expiry) || expiry.ValueKind == JsonValueKind.Null ? 0
        : expiry.ValueKind == JsonValueKind.Number && expiry.TryGetInt32(out var seconds) ? seconds
        : throw DaprErrors.DeserializingBody("'expiryInSeconds' must be a whole number");
}
