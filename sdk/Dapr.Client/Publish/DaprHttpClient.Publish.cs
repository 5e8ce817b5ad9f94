using System.Net.Http.Headers;
using System.Text.Json;

namespace Dapr.Client;

internal sealed partial class DaprHttpClient
{
    public override Task PublishEventAsync<TData>(string pubsubName, string topicName, TData data, CancellationToken cancellationToken = default) =>
        PublishAsync(pubsubName, topicName, JsonBody(data), null, cancellationToken);

    public override Task PublishEventAsync<TData>(string pubsubName, string topicName, TData data, Dictionary<string, string> metadata, CancellationToken cancellationToken = default) =>
        PublishAsync(pubsubName, topicName, JsonBody(data), metadata, cancellationToken);

    public override Task PublishEventAsync(string pubsubName, string topicName, CancellationToken cancellationToken = default) =>
        PublishAsync(pubsubName, topicName, null, null, cancellationToken);

    public override Task PublishEventAsync(string pubsubName, string topicName, Dictionary<string, string> metadata, CancellationToken cancellationToken = default) =>
        PublishAsync(pubsubName, topicName, null, metadata, cancellationToken);

    public override async Task<BulkPublishResponse<TValue>> BulkPublishEventAsync<TValue>(string pubsubName, string topicName, IReadOnlyList<TValue> events, Dictionary<string, string>? metadata = null, CancellationToken cancellationToken = default)
    {
        var entries = events.Select((data, i) => new BulkPublishEntry<TValue>(i.ToString(), data, "application/json")).ToList();
        var body = entries.Select(e => new { e.EntryId, Event = e.EventData, e.ContentType, e.Metadata });
        using var response = await SendAsync(HttpMethod.Post, WithQuery($"/v1.0/publish/bulk/{Escape(pubsubName)}/{Escape(topicName)}", metadata), body, cancellationToken).ConfigureAwait(false);
        if (response.IsSuccessStatusCode)
            return new BulkPublishResponse<TValue>([]);

        var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        var failed = JsonSerializer.Deserialize<BulkFailure>(text, jsonOptions)?.FailedEntries;
        if (failed is not { Length: > 0 })
            throw new DaprException($"The Dapr sidecar answered {(int)response.StatusCode}: {text}");
        var byId = entries.ToDictionary(e => e.EntryId);
        return new BulkPublishResponse<TValue>([.. failed.Select(f => new BulkPublishResponseFailedEntry<TValue>(byId[f.EntryId], f.Error))]);
    }

    private async Task PublishAsync(string pubsubName, string topicName, HttpContent? content, Dictionary<string, string>? metadata, CancellationToken cancellationToken)
    {
        var path = WithQuery($"/v1.0/publish/{Escape(pubsubName)}/{Escape(topicName)}", metadata);
        (await SendExpectingSuccessAsync(HttpMethod.Post, path, content, cancellationToken).ConfigureAwait(false)).Dispose();
    }

    private ByteArrayContent JsonBody<T>(T value) => new(JsonSerializer.SerializeToUtf8Bytes(value, jsonOptions))
    {
        Headers = { ContentType = new MediaTypeHeaderValue("application/json") },
    };

    private sealed record BulkFailure(FailedEntry[]? FailedEntries);

    private sealed record FailedEntry(string EntryId, string Error);
}
