using System.Text.Json;
using Deepiri.Sidecar.Http;
using Microsoft.AspNetCore.Http;

namespace Deepiri.Sidecar.State;

/// <summary>Dapr's state API over HTTP (https://docs.dapr.io/reference/api/state_api/).</summary>
internal sealed class StateApi(StateService state)
{
    public async Task GetAsync(HttpContext context, string storeName, string key)
    {
        var item = await state.GetAsync(storeName, key, context.RequestAborted).ConfigureAwait(false);
        if (item is null)
        {
            await context.Response.NoContent().ConfigureAwait(false);
            return;
        }
        context.Response.ContentType = "application/json";
        context.Response.Headers.ETag = item.ETag;
        if (item.ExpiresAt is { } expires)
            context.Response.Headers["metadata.ttlExpireTime"] = StateService.Rfc3339(expires);
        context.Response.ContentLength = item.Value.Length;
        await context.Response.BodyWriter.WriteAsync(item.Value, context.RequestAborted).ConfigureAwait(false);
    }

    public async Task SaveAsync(HttpContext context, string storeName)
    {
        state.Require(storeName);
        using var body = await ParseAsync(context.Request).ConfigureAwait(false);
        if (body.RootElement.ValueKind != JsonValueKind.Array)
            throw DaprErrors.MalformedRequest("the body must be a JSON array of items");
        await state.SaveAsync(storeName, [.. body.RootElement.EnumerateArray().Select(StateRequest.Read)], context.RequestAborted).ConfigureAwait(false);
        await context.Response.NoContent().ConfigureAwait(false);
    }

    public async Task DeleteAsync(HttpContext context, string storeName, string key)
    {
        var firstWrite = StateRequest.IsFirstWrite(context.Request.Query["concurrency"]);
        await state.DeleteAsync(storeName, key, context.Request.Headers.IfMatch.ToString(), firstWrite, context.RequestAborted).ConfigureAwait(false);
        await context.Response.NoContent().ConfigureAwait(false);
    }

    public async Task BulkGetAsync(HttpContext context, string storeName)
    {
        state.Require(storeName);
        using var body = await ParseAsync(context.Request).ConfigureAwait(false);
        if (body.RootElement.ValueKind != JsonValueKind.Object)
            throw DaprErrors.DeserializingBody("the body must be a JSON object with 'keys'");
        var keys = body.RootElement.TryGetProperty("keys", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select(k => k.ValueKind == JsonValueKind.String ? k.GetString()! : throw DaprErrors.DeserializingBody("'keys' must be strings")).ToList()
            : [];
        await WriteItemsAsync(context.Response, keys, await state.GetManyAsync(storeName, keys, context.RequestAborted).ConfigureAwait(false)).ConfigureAwait(false);
    }

    public async Task TransactAsync(HttpContext context, string storeName)
    {
        state.Require(storeName);
        using var body = await ParseAsync(context.Request).ConfigureAwait(false);
        if (body.RootElement.ValueKind != JsonValueKind.Object)
            throw DaprErrors.DeserializingBody("the body must be a JSON object with 'operations'");
        var requests = body.RootElement.TryGetProperty("operations", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select(ReadOperation).ToList()
            : [];
        await state.TransactAsync(storeName, requests, context.Request.Metadata(), context.Request.Trace(), context.RequestAborted).ConfigureAwait(false);
        await context.Response.NoContent().ConfigureAwait(false);
    }

    public Task QueryAsync(string storeName) => throw state.QueryNotSupported(storeName);

    /// <summary>Reads <c>{operation, request}</c>.</summary>
    public static (StateRequest Request, bool IsDelete) ReadOperation(JsonElement operation)
    {
        var kind = operation.ValueKind == JsonValueKind.Object && operation.TryGetProperty("operation", out var name) ? name.ToString() : "";
        if (kind is not ("upsert" or "delete"))
            throw DaprErrors.State.OperationNotSupported(kind);
        return (StateRequest.Read(operation.TryGetProperty("request", out var request) ? request : default), kind == "delete");
    }

    private static async Task<JsonDocument> ParseAsync(HttpRequest request)
    {
        var body = await request.BodyAsync().ConfigureAwait(false);
        try
        {
            return JsonDocument.Parse(body);
        }
        catch (JsonException e)
        {
            throw DaprErrors.MalformedRequest(e.Message);
        }
    }

    private static Task WriteItemsAsync(HttpResponse response, IReadOnlyList<string> keys, IReadOnlyList<StateItem?> items)
    {
        response.ContentType = "application/json";
        using var writer = new Utf8JsonWriter(response.BodyWriter);
        writer.WriteStartArray();
        for (var i = 0; i < keys.Count; i++)
        {
            writer.WriteStartObject();
            writer.WriteString("key", keys[i]);
            if (items[i] is { } item)
            {
                writer.WritePropertyName("data");
                writer.WriteRawValue(item.Value.Span, skipInputValidation: true);
                writer.WriteString("etag", item.ETag);
                if (item.ExpiresAt is { } expires)
                {
                    writer.WriteStartObject("metadata");
                    writer.WriteString("ttlExpireTime", StateService.Rfc3339(expires));
                    writer.WriteEndObject();
                }
            }
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        return writer.FlushAsync();
    }
}
