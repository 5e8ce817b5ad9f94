using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Deepiri.Sidecar.Invocation;
using Deepiri.Sidecar.Resiliency;
using Deepiri.Sidecar.Resources;

namespace Deepiri.Sidecar.PubSub;

/// <summary>
/// One request for many events (https://docs.dapr.io/developing-applications/building-blocks/pubsub/pubsub-bulk/): what comes while a batch is open
/// joins it, until it is full or has waited long enough. The app says of each entry what became of it; those that failed are tried again alone.
/// </summary>
internal sealed class BulkDelivery(SubscriptionSpec spec, AppChannel app, Policy inbound, TimeProvider time) : IEventDelivery
{
    private readonly BulkSubscribeSpec _bulk = spec.Bulk!;
    private readonly bool _isRaw = spec.IsRaw;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Batch> _open = new(StringComparer.Ordinal);

    public async Task DeliverAsync(string path, EventToDeliver e, CancellationToken cancellationToken)
    {
        // A copy: the broker's library takes its buffer back when nobody waits any more.
        var entry = new Entry(Guid.NewGuid().ToString(), _isRaw ? e.Payload.ToArray() : e.Bytes.ToArray());
        Batch batch;
        lock (_lock)
            batch = Join(path, entry);
        try
        {
            await entry.Done.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            batch.Leave();
            throw;
        }
    }

    private Batch Join(string path, Entry entry)
    {
        if (!_open.TryGetValue(path, out var batch))
        {
            _open[path] = batch = new Batch();
            _ = SendAsync(path, batch);
        }
        batch.Entries.Add(entry);
        if (batch.Entries.Count >= _bulk.MaxMessages)
        {
            _open.Remove(path);
            batch.Full.Cancel();
        }
        return batch;
    }

    private async Task SendAsync(string path, Batch batch)
    {
        await Task.Delay(_bulk.MaxWait, time, batch.Full.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        lock (_lock)
        {
            if (_open.TryGetValue(path, out var open) && open == batch)
                _open.Remove(path);
        }
        batch.Full.Dispose();
        var waiting = batch.Entries;
        Exception failure;
        try
        {
            await inbound.ExecuteAsync(async stop => waiting = await PostAsync(path, waiting, stop).ConfigureAwait(false) is { Count: > 0 } failed
                ? throw new PartlyFailedException(waiting = failed)
                : [], batch.Abandoned).ConfigureAwait(false);
            return;
        }
        catch (PartlyFailedException)
        {
            failure = new DeliveryException("the app did not take it");
        }
        catch (Exception e)
        {
            failure = e as DeliveryException ?? new DeliveryException(e.Message, e);
        }
        foreach (var entry in waiting)
            entry.Done.TrySetException(failure);
    }

    /// <summary>Posts entries; those that the app did not take are left.</summary>
    private async Task<List<Entry>> PostAsync(string path, List<Entry> entries, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, app.Uri(path)) { Content = new ReadOnlyMemoryContent(Body(entries)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        try
        {
            using var response = await app.SendAsync(request, cancellationToken).ConfigureAwait(false);
            // As daprd: an app without that path has none of the events.
            if (response.StatusCode == HttpStatusCode.NotFound)
                return Acknowledge(entries);
            if (!response.IsSuccessStatusCode)
                throw new DeliveryException($"the app answered {(int)response.StatusCode}") { AppStatus = (int)response.StatusCode };
            var statuses = Statuses(await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false));
            return [.. entries.Where(e => !e.IsSettled(statuses.GetValueOrDefault(e.Id)))];
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new DeliveryException($"the app did not answer: {e.Message}", e);
        }
    }

    private static List<Entry> Acknowledge(List<Entry> entries)
    {
        foreach (var entry in entries)
            entry.Done.TrySetResult();
        return [];
    }

    private static Dictionary<string, string?> Statuses(byte[] answer)
    {
        try
        {
            var statuses = JsonSerializer.Deserialize<Answer>(answer, JsonSerializerOptions.Web)?.Statuses ?? [];
            return statuses.Where(s => s.EntryId is not null).DistinctBy(s => s.EntryId).ToDictionary(s => s.EntryId!, s => s.Status);
        }
        catch (JsonException)
        {
            // It does not say of any entry that it has it.
            return [];
        }
    }

    private ReadOnlyMemory<byte> Body(List<Entry> entries)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        writer.WriteString("id", Guid.NewGuid());
        writer.WriteString("type", "com.dapr.event.sent.bulk");
        writer.WriteString("topic", spec.Topic);
        writer.WriteString("pubsubname", spec.PubsubName);
        writer.WriteStartObject("metadata");
        writer.WriteString("pubsubName", spec.PubsubName);
        writer.WriteEndObject();
        writer.WriteStartArray("entries");
        foreach (var entry in entries)
        {
            writer.WriteStartObject();
            writer.WriteString("entryId", entry.Id);
            if (_isRaw)
            {
                writer.WriteBase64String("event", entry.Event);
            }
            else
            {
                writer.WritePropertyName("event");
                writer.WriteRawValue(entry.Event, skipInputValidation: true);
            }
            writer.WriteStartObject("metadata");
            writer.WriteEndObject();
            writer.WriteString("contentType", _isRaw ? "application/octet-stream" : CloudEventEnvelope.ContentType);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    private sealed class Batch
    {
        private readonly CancellationTokenSource _abandoned = new();
        private int _left;

        public List<Entry> Entries { get; } = [];

        public CancellationTokenSource Full { get; } = new();

        /// <summary>Nobody waits for any of them any more.</summary>
        public CancellationToken Abandoned => _abandoned.Token;

        public void Leave()
        {
            if (Interlocked.Increment(ref _left) == Entries.Count)
                _abandoned.Cancel();
        }
    }

    private sealed record Entry(string Id, byte[] Event)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>True when what the app says of it is final; silence is not.</summary>
        public bool IsSettled(string? status)
        {
            try
            {
                if (string.IsNullOrEmpty(status))
                    return false;
                EventStatus.ThrowUnlessTaken(status);
                Done.TrySetResult();
                return true;
            }
            catch (UnwantedException e)
            {
                Done.TrySetException(e);
                return true;
            }
            catch (DeliveryException)
            {
                return false;
            }
        }
    }

    private sealed class PartlyFailedException(List<Entry> left) : Exception($"the app did not take {left.Count} of the events");

    private sealed record Answer(AnswerStatus[]? Statuses);

    private sealed record AnswerStatus(string? EntryId, string? Status);
}
