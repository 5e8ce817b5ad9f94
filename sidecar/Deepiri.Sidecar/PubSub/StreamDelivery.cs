using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Dapr.Proto.Runtime.V1;
using Deepiri.Sidecar.Resiliency;
using Deepiri.Sidecar.Resources;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Status = Dapr.Proto.Runtime.V1.TopicEventResponse.Types.TopicEventResponseStatus;

namespace Deepiri.Sidecar.PubSub;

/// <summary>Events over a stream that the app opened; it says of each by its id what became of it.</summary>
internal sealed class StreamDelivery(SubscriptionSpec spec, Func<TopicEventRequest, Task> send, Policy inbound) : IEventDelivery
{
    private static readonly string[] s_known =
        ["id", "source", "type", "specversion", "datacontenttype", "topic", "pubsubname", "data", "data_base64"];

    private readonly ConcurrentDictionary<string, TaskCompletionSource<Status>> _waiting = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _ended = new();

    public Task DeliverAsync(string path, EventToDeliver e, CancellationToken cancellationToken) => inbound.ExecuteAsync(stop => SendAsync(e, stop), cancellationToken);

    /// <summary>The app has dealt with an event.</summary>
    public void Complete(string id, Status status)
    {
        if (_waiting.TryRemove(id, out var waiting))
            waiting.TrySetResult(status);
    }

    /// <summary>The stream is gone: what it did not answer is delivered again.</summary>
    public void End() => _ended.Cancel();

    private async Task SendAsync(EventToDeliver e, CancellationToken cancellationToken)
    {
        var message = Message(e);
        var answer = new TaskCompletionSource<Status>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _ended.Token);
        try
        {
            // While one of the same id is under way the app could not tell which of them it answers.
            while (!_waiting.TryAdd(message.Id, answer))
                await (_waiting.TryGetValue(message.Id, out var earlier) ? earlier.Task.WaitAsync(either.Token) : Task.CompletedTask).ConfigureAwait(false);
            await send(message).WaitAsync(either.Token).ConfigureAwait(false);
            var status = await answer.Task.WaitAsync(either.Token).ConfigureAwait(false);
            EventStatus.ThrowUnlessTaken(status.ToString().ToUpperInvariant());
        }
        catch (Exception error) when (error is OperationCanceledException or IOException && !cancellationToken.IsCancellationRequested)
        {
            throw new AppGoneException("the app's stream has ended", error);
        }
        finally
        {
            // Whoever waits for this one's end goes on, however it ended.
            if (_waiting.TryRemove(KeyValuePair.Create(message.Id, answer)))
                answer.TrySetResult(default);
        }
    }

    private TopicEventRequest Message(EventToDeliver e)
    {
        var message = new TopicEventRequest
        {
            Id = e.Text("id") ?? "",
            Source = e.Text("source") ?? "",
            Type = e.Text("type") ?? "",
            SpecVersion = e.Text("specversion") ?? "",
            DataContentType = e.Text("datacontenttype") ?? "",
            Topic = spec.Topic,
            PubsubName = spec.PubsubName,
            Data = Data(e.Envelope),
            Extensions = new Struct(),
        };
        foreach (var extension in e.Envelope.EnumerateObject().Where(p => !s_known.Contains(p.Name)))
            message.Extensions.Fields[extension.Name] = JsonParser.Default.Parse<Value>(extension.Value.GetRawText());
        return message;
    }

    private static ByteString Data(JsonElement envelope)
    {
        if (envelope.TryGetProperty("data_base64", out var binary) && binary.ValueKind == JsonValueKind.String && binary.TryGetBytesFromBase64(out var bytes))
            return UnsafeByteOperations.UnsafeWrap(bytes);
        if (!envelope.TryGetProperty("data", out var data))
            return ByteString.Empty;
        var isJson = CloudEventEnvelope.MediaType(EventToDeliver.Text(envelope, "datacontenttype")) is "" or "application/json";
        return ByteString.CopyFrom(data.ValueKind == JsonValueKind.String && !isJson ? data.GetString() : data.GetRawText(), Encoding.UTF8);
    }
}
