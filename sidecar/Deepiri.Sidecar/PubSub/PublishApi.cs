using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Deepiri.Sidecar.Http;
using Microsoft.AspNetCore.Http;

namespace Deepiri.Sidecar.PubSub;

/// <summary>Dapr's publish API over HTTP (https://docs.dapr.io/reference/api/pubsub_api/).</summary>
internal sealed class PublishApi(string appId, Publisher publisher)
{
    public async Task PublishAsync(HttpContext context, string pubsubName, string topic)
    {
        publisher.Target(pubsubName, topic);
        var body = await context.Request.BodyAsync().ConfigureAwait(false);
        await publisher.PublishAsync(pubsubName, topic, body, context.Request.ContentType, context.Request.Metadata(), context.Request.Trace(), context.RequestAborted).ConfigureAwait(false);
        await context.Response.NoContent().ConfigureAwait(false);
    }

    public async Task BulkPublishAsync(HttpContext context, string pubsubName, string topic)
    {
        var (_, pubSub) = publisher.Target(pubsubName, topic);
        var entries = await ReadEntriesAsync(context, pubSub, pubsubName, topic).ConfigureAwait(false);
        try
        {
            await pubSub.PublishAsync([.. entries.Select(e => e.Message)], context.RequestAborted).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            var failed = new JsonArray([.. entries.Select(entry => (JsonNode)new JsonObject { ["entryId"] = entry.Id, ["error"] = e.Message })]);
            await context.Response.WriteJsonAsync(new JsonObject { ["failedEntries"] = failed, ["errorCode"] = "ERR_PUBSUB_PUBLISH_MESSAGE" }, 500).ConfigureAwait(false);
            return;
        }
        await context.Response.NoContent().ConfigureAwait(false);
    }

    private async Task<List<(string Id, PubSubMessage Message)>> ReadEntriesAsync(HttpContext context, IPubSub pubSub, string pubsubName, string topic)
    {
        var body = await context.Request.BodyAsync().ConfigureAwait(false);
        using var document = Parse(body, pubsubName, topic);
        if (document.RootElement.ValueKind != JsonValueKind.Array)
            throw DaprErrors.PubSub.BulkUnmarshal(pubsubName, topic, appId, "the body must be a JSON array of entries");
        var entries = document.RootElement.EnumerateArray().Select(entry => (Id: EntryId(entry), Entry: entry)).ToList();
        if (entries.Exists(e => e.Id.Length == 0) || entries.DistinctBy(e => e.Id).Count() < entries.Count)
            throw DaprErrors.PubSub.BulkEntryIds(pubsubName, topic, appId);
        var trace = context.Request.Trace();
        return [.. entries.Select(e => (e.Id, ToMessage(e.Entry, context.Request.Metadata(), pubSub, pubsubName, topic, trace)))];
    }

    /// <summary>Dapr's JavaScript SDK writes <c>entryID</c>, which Go takes for the same.</summary>
    private static string EntryId(JsonElement entry) =>
        entry.ValueKind == JsonValueKind.Object && (entry.TryGetProperty("entryId", out var id) || entry.TryGetProperty("entryID", out id)) ? id.ToString() : "";

    private PubSubMessage ToMessage(JsonElement entry, Dictionary<string, string> metadata, IPubSub pubSub, string pubsubName, string topic, (string, string?) trace)
    {
        if (entry.TryGetProperty("metadata", out var own) && own.ValueKind == JsonValueKind.Object)
        {
            foreach (var pair in own.EnumerateObject())
                metadata[pair.Name] = pair.Value.ToString();
        }
        var contentType = entry.TryGetProperty("contentType", out var type) ? type.GetString() : null;
        try
        {
            return publisher.Message(pubSub, pubsubName, topic, Data(entry, CloudEventEnvelope.MediaType(contentType)), contentType, metadata, trace);
        }
        catch (Exception e) when (e is JsonException or FormatException)
        {
            throw DaprErrors.PubSub.BulkEnvelope(pubsubName, topic, appId, e.Message);
        }
    }

    /// <summary>JSON as it stands; text as its characters; octets from base64.</summary>
    private static byte[] Data(JsonElement entry, string mediaType)
    {
        if (!entry.TryGetProperty("event", out var data))
            return [];
        if (mediaType is "application/json" or CloudEventEnvelope.ContentType)
            return JsonMarshal.GetRawUtf8Value(data).ToArray();
        if (data.ValueKind != JsonValueKind.String)
            throw new FormatException($"an event of '{mediaType}' must be a JSON string");
        return mediaType == "application/octet-stream" ? data.GetBytesFromBase64() : System.Text.Encoding.UTF8.GetBytes(data.GetString()!);
    }

    private JsonDocument Parse(ReadOnlyMemory<byte> body, string pubsubName, string topic)
    {
        try
        {
            return JsonDocument.Parse(body);
        }
        catch (JsonException e)
        {
            throw DaprErrors.PubSub.BulkUnmarshal(pubsubName, topic, appId, e.Message);
        }
    }
}
