using System.Text.Json;
using System.Text.Json.Nodes;
using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Http;
using Deepiri.Sidecar.PubSub;
using Microsoft.AspNetCore.Http;

namespace Deepiri.Sidecar.State;

/// <summary>Dapr's state API (https://docs.dapr.io/reference/api/state_api/).</summary>
internal sealed class StateApi(string appId, ComponentSet components, Outboxes outboxes)
{
    public async Task GetAsync(HttpContext context, string storeName, string key)
    {
        var (component, store) = Store(storeName);
        var fullKey = Keys(component).Full(key);
        StateItem? item;
        try
        {
            item = await store.GetAsync(fullKey, context.RequestAborted).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw DaprErrors.State.Get(storeName, key, e.Message);
        }
        if (item is null)
        {
            await context.Response.NoContent().ConfigureAwait(false);
            return;
        }
        context.Response.ContentType = "application/json";
        context.Response.Headers.ETag = item.ETag;
        if (item.ExpiresAt is { } expires)
            context.Response.Headers["metadata.ttlExpireTime"] = Rfc3339(expires);
        context.Response.ContentLength = item.Value.Length;
        await context.Response.BodyWriter.WriteAsync(item.Value, context.RequestAborted).ConfigureAwait(false);
    }

    public async Task SaveAsync(HttpContext context, string storeName)
    {
        var (component, store) = Store(storeName);
        var keys = Keys(component);
        using var body = await ParseAsync(context.Request).ConfigureAwait(false);
        if (body.RootElement.ValueKind != JsonValueKind.Array)
            throw DaprErrors.MalformedRequest("the body must be a JSON array of items");
        var requests = body.RootElement.EnumerateArray().Select(StateRequest.Read).Select(r => (r, Full: keys.Full(r.Key))).ToList();
        try
        {
            // Each item for itself: this is no transaction. The store's group commit makes one of them.
            var operations = requests.Select(r => r.r.ToOperation(r.Full, isDelete: false)).ToList();
            await Task.WhenAll(operations.Select(o => store.ExecuteAsync([o], context.RequestAborted))).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException and not DaprErrorException)
        {
            throw DaprErrors.State.Save(StatusOf(e), storeName, e.Message);
        }
        await context.Response.NoContent().ConfigureAwait(false);
    }

    public async Task DeleteAsync(HttpContext context, string storeName, string key)
    {
        var (component, store) = Store(storeName);
        var fullKey = Keys(component).Full(key);
        var etag = context.Request.Headers.IfMatch.ToString();
        var firstWrite = StateRequest.IsFirstWrite(context.Request.Query["concurrency"]);
        try
        {
            await store.ExecuteAsync([new StateOperation(fullKey, true, default, etag, firstWrite, null)], context.RequestAborted).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw DaprErrors.State.Delete(StatusOf(e), key, e.Message);
        }
        await context.Response.NoContent().ConfigureAwait(false);
    }

    public async Task BulkGetAsync(HttpContext context, string storeName)
    {
        var (component, store) = Store(storeName);
        var keyMap = Keys(component);
        using var body = await ParseAsync(context.Request).ConfigureAwait(false);
        if (body.RootElement.ValueKind != JsonValueKind.Object)
            throw DaprErrors.DeserializingBody("the body must be a JSON object with 'keys'");
        var keys = body.RootElement.TryGetProperty("keys", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select(k => k.ValueKind == JsonValueKind.String ? k.GetString()! : throw DaprErrors.DeserializingBody("'keys' must be strings")).ToList()
            : [];
        IReadOnlyList<StateItem?> items;
        try
        {
            items = await store.GetManyAsync([.. keys.Select(keyMap.Full)], context.RequestAborted).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException and not DaprErrorException)
        {
            throw DaprErrors.State.BulkGet(e.Message);
        }
        await WriteItemsAsync(context.Response, keys, items).ConfigureAwait(false);
    }

    public async Task TransactAsync(HttpContext context, string storeName)
    {
        var (component, store) = Store(storeName);
        var keys = Keys(component);
        using var body = await ParseAsync(context.Request).ConfigureAwait(false);
        if (body.RootElement.ValueKind != JsonValueKind.Object)
            throw DaprErrors.DeserializingBody("the body must be a JSON object with 'operations'");
        var requests = body.RootElement.TryGetProperty("operations", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select(ReadOperation).ToList()
            : [];
        try
        {
            var trace = context.Request.Trace();
            if (outboxes.Find(storeName) is { } outbox)
                await outbox.ExecuteAsync(store, requests, keys, context.Request.Metadata(), trace, context.RequestAborted).ConfigureAwait(false);
            else
                await store.ExecuteAsync([.. requests.Select(r => r.Request.ToOperation(keys.Full(r.Request.Key), r.IsDelete))], context.RequestAborted).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException and not DaprErrorException)
        {
            throw DaprErrors.State.Transaction(e.Message);
        }
        await context.Response.NoContent().ConfigureAwait(false);
    }

    public Task QueryAsync(string storeName)
    {
        Store(storeName);
        throw DaprErrors.State.QueryNotSupported(storeName);
    }

    private static (StateRequest Request, bool IsDelete) ReadOperation(JsonElement operation)
    {
        var kind = operation.ValueKind == JsonValueKind.Object && operation.TryGetProperty("operation", out var name) ? name.ToString() : "";
        if (kind is not ("upsert" or "delete"))
            throw DaprErrors.State.OperationNotSupported(kind);
        return (StateRequest.Read(operation.TryGetProperty("request", out var request) ? request : default), kind == "delete");
    }

    private static int StatusOf(Exception e) => e is ETagMismatchException ? StatusCodes.Status409Conflict : StatusCodes.Status500InternalServerError;

    private static string Rfc3339(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

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
                    writer.WriteString("ttlExpireTime", Rfc3339(expires));
                    writer.WriteEndObject();
                }
            }
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        return writer.FlushAsync();
    }

    private StateKeys Keys(LoadedComponent component) => new(component, appId);

    private (LoadedComponent Component, IStateStore Store) Store(string name) =>
        components.Find<IStateStore>(name)
        ?? throw (components.Any<IStateStore>() ? DaprErrors.State.NotFound(name, appId) : DaprErrors.State.NotConfigured(name, appId));
}
