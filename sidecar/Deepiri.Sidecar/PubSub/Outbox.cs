using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Http;
using Deepiri.Sidecar.State;
using Microsoft.Extensions.Logging;

namespace Deepiri.Sidecar.PubSub;

/// <summary>
/// Dapr's transactional outbox for one state component (pkg/runtime/pubsub/outbox.go). Before a transaction, each upsert's event
/// goes to an internal topic; within the transaction a marker <c>outbox-{uuid}</c> is written; the relay on the internal topic publishes
/// an event whose marker exists and then deletes the marker. A crash between any two steps leaves either no marker (the transaction did
/// not happen, the event is dropped) or a marker and an unacknowledged internal message (the event is published after the restart).
/// </summary>
internal sealed class Outbox(string appId, LoadedComponent stateComponent, Publisher publisher, ConcurrentDictionary<string, TaskCompletionSource> underWay, RunContext run) : IAsyncDisposable
{
    private const string ProjectionKey = "outbox.projection";

    private readonly string _publishPubsub = stateComponent.Metadata.Text("outboxPublishPubsub")!;
    private readonly string _publishTopic = stateComponent.Metadata.Text("outboxPublishTopic")!;
    private readonly string _internalPubsub = stateComponent.Metadata.Text("outboxPubsub") ?? stateComponent.Metadata.Text("outboxPublishPubsub")!;
    private readonly ILogger _log = run.Loggers.CreateLogger("sidecar");
    private IPubSub? _relayedFrom;
    private IAsyncDisposable? _relay;

    private string InternalTopic => $"{appId}{_publishTopic}outbox";

    private IStateStore Store => (IStateStore)stateComponent.Instance;

    /// <summary>Starts the relay; what a crash left behind is published now.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        publisher.Target(_publishPubsub, _publishTopic);
        var (_, pubSub) = publisher.Target(_internalPubsub, InternalTopic);
        _relayedFrom = pubSub;
        _relay = await pubSub.SubscribeAsync(InternalTopic, RelayAsync, cancellationToken).ConfigureAwait(false);
    }

    public bool IsRunning => _relay is not null;

    /// <summary>True when nothing has changed of what it stands on.</summary>
    public bool IsFor(LoadedComponent component) => ReferenceEquals(component, stateComponent) && publisher.Target(_internalPubsub, InternalTopic).PubSub == _relayedFrom;

    /// <summary>Executes a transaction and makes sure that its events follow.</summary>
    public async Task ExecuteAsync(IStateStore store, IReadOnlyList<(StateRequest Request, bool IsDelete)> requests, StateKeys keys,
        IReadOnlyDictionary<string, string> metadata, (string Parent, string? State) trace, CancellationToken cancellationToken)
    {
        var (saved, projections) = SplitProjections(requests);
        var operations = saved.Select(r => r.Request.ToOperation(keys.Full(r.Request.Key), r.IsDelete)).ToList();
        var messages = new List<PubSubMessage>();
        var markers = new List<string>();
        foreach (var (request, _) in saved.Where(r => !r.IsDelete))
        {
            var marker = $"outbox-{Guid.NewGuid()}";
            messages.Add(InternalMessage(marker, request, projections.GetValueOrDefault(request.Key) ?? request, metadata, trace));
            operations.Add(new StateOperation(marker, false, "\"0\""u8.ToArray(), null, false, null));
            markers.Add(marker);
        }

        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        foreach (var marker in markers)
            underWay[marker] = done;
        try
        {
            await PublishInternalAsync(messages, cancellationToken).ConfigureAwait(false);
            // From here on the outcome must be known to the relay, so the caller's leaving no longer cancels.
            await store.ExecuteAsync(operations, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            foreach (var marker in markers)
                underWay.TryRemove(marker, out _);
            done.SetResult();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _relay, null) is { } relay)
            await relay.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>An operation marked as projection is not saved: its value is what the event of the same key carries.</summary>
    private static (IReadOnlyList<(StateRequest Request, bool IsDelete)> Saved, Dictionary<string, StateRequest> Projections) SplitProjections(IReadOnlyList<(StateRequest Request, bool IsDelete)> requests)
    {
        var saved = new List<(StateRequest, bool)>();
        var projections = new Dictionary<string, StateRequest>(StringComparer.Ordinal);
        foreach (var operation in requests)
        {
            if (!operation.IsDelete && operation.Request.Metadata.GetValueOrDefault(ProjectionKey)?.ToLowerInvariant() is "true" or "1" or "y" or "yes" or "on" or "t")
                projections[operation.Request.Key] = operation.Request;
            else
                saved.Add(operation);
        }
        var orphan = projections.Keys.FirstOrDefault(key => !saved.Exists(s => s.Item1.Key == key));
        return orphan is null
            ? (saved, projections)
            : throw DaprErrors.State.Transaction($"the projection of key '{orphan}' has no operation of that key to go with");
    }

    private PubSubMessage InternalMessage(string marker, StateRequest request, StateRequest payload, IReadOnlyDictionary<string, string> metadata, (string Parent, string? State) trace)
    {
        var contentType = payload.Metadata.GetValueOrDefault("contentType") ?? request.Metadata.GetValueOrDefault("contentType")
            ?? Override("datacontenttype", request, metadata) ?? "text/plain";
        var overrides = new CloudEventOverrides(
            Override("id", request, metadata) ?? marker, Override("source", request, metadata), Override("type", request, metadata),
            Override("traceid", request, metadata), Override("traceparent", request, metadata), Override("tracestate", request, metadata), Override("subject", request, metadata));
        var publication = new CloudEventEnvelope.Publication(appId, _publishPubsub, _publishTopic, trace.Parent, trace.State, run.Time.GetUtcNow(), null);
        var envelope = CloudEventEnvelope.Wrap(Payload(payload.Value ?? "null"u8.ToArray(), contentType), contentType, overrides, publication);
        // The envelope is raw JSON; the marker goes before it so that the event's own id may be overridden.
        var wrapped = new byte[marker.Length + 1 + envelope.Length];
        Encoding.ASCII.GetBytes(marker, wrapped);
        wrapped[marker.Length] = (byte)'\n';
        envelope.CopyTo(wrapped, marker.Length + 1);
        return new PubSubMessage(InternalTopic, wrapped);
    }

    /// <summary>Both spellings are in use: Dapr's documentation has <c>cloudevent.type</c>, its source takes <c>type</c>.</summary>
    private static string? Override(string name, StateRequest request, IReadOnlyDictionary<string, string> metadata) =>
        request.Metadata.GetValueOrDefault($"cloudevent.{name}") ?? request.Metadata.GetValueOrDefault(name) ?? metadata.GetValueOrDefault($"cloudevent.{name}");

    /// <summary>For anything but JSON, a JSON string stands for its characters.</summary>
    private static ReadOnlyMemory<byte> Payload(ReadOnlyMemory<byte> value, string contentType) =>
        CloudEventEnvelope.MediaType(contentType) != "application/json" && value.Span is [(byte)'"', ..]
            ? Encoding.UTF8.GetBytes(JsonNode.Parse(value.Span)!.GetValue<string>())
            : value;

    private async Task PublishInternalAsync(List<PubSubMessage> messages, CancellationToken cancellationToken)
    {
        if (messages.Count == 0)
            return;
        try
        {
            var (_, pubSub) = publisher.Target(_internalPubsub, InternalTopic);
            await pubSub.PublishAsync(messages, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException and not DaprErrorException)
        {
            throw DaprErrors.State.Outbox(appId, e.Message);
        }
    }

    private async Task RelayAsync(PubSubMessage message, CancellationToken cancellationToken)
    {
        var end = message.Data.Span.IndexOf((byte)'\n');
        var marker = Encoding.ASCII.GetString(message.Data.Span[..end]);
        if (underWay.TryGetValue(marker, out var transaction))
            await transaction.Task.WaitAsync(cancellationToken).ConfigureAwait(false);

        try
        {
            if (await Store.GetAsync(marker, cancellationToken).ConfigureAwait(false) is null)
            {
                Log.OutboxWithoutState(_log, appId, marker);
                return;
            }
            var (_, pubSub) = publisher.Target(_publishPubsub, _publishTopic);
            await pubSub.PublishAsync([new PubSubMessage(_publishTopic, message.Data[(end + 1)..])], cancellationToken).ConfigureAwait(false);
            await Store.ExecuteAsync([StateOperation.Delete(marker)], cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new DeliveryException($"relaying {marker} failed: {e.Message}", e);
        }
    }
}

/// <summary>The outboxes of an app's state components.</summary>
internal sealed class Outboxes(string appId, ComponentSet components, Publisher publisher, RunContext run) : IAsyncDisposable
{
    // Of all of them: a relay that was made anew meets messages of transactions that began before it.
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _underWay = new(StringComparer.Ordinal);
    private volatile Dictionary<string, Outbox> _byStore = [];

    public Outbox? Find(string storeName) => _byStore.GetValueOrDefault(storeName);

    /// <summary>Starts the outboxes of the components as they are now. What has not changed goes on; what has ends before its successor begins.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var before = _byStore;
        var wanted = components.All.Where(c => c.Instance is IStateStore && c.Metadata.Text("outboxPublishPubsub") is not null && c.Metadata.Text("outboxPublishTopic") is not null).ToDictionary(c => c.Spec.Name);
        var next = before.Where(o => wanted.TryGetValue(o.Key, out var component) && o.Value.IsFor(component)).ToDictionary(StringComparer.Ordinal);
        var ended = before.Where(o => !next.ContainsKey(o.Key)).ToDictionary();
        var started = new List<Outbox>();
        try
        {
            await EndAsync(ended.Values).ConfigureAwait(false);
            foreach (var component in wanted.Values.Where(c => !next.ContainsKey(c.Spec.Name)))
            {
                var outbox = new Outbox(appId, component, publisher, _underWay, run);
                await outbox.StartAsync(cancellationToken).ConfigureAwait(false);
                started.Add(outbox);
                next[component.Spec.Name] = outbox;
            }
            _byStore = next;
        }
        catch
        {
            await EndAsync(started).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Goes back to what was before a start that failed.</summary>
    public async Task RestoreAsync(CancellationToken cancellationToken)
    {
        foreach (var outbox in _byStore.Values.Where(o => !o.IsRunning))
            await outbox.StartAsync(cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync() => await EndAsync(_byStore.Values).ConfigureAwait(false);

    private static async Task EndAsync(IEnumerable<Outbox> outboxes)
    {
        foreach (var outbox in outboxes)
            await outbox.DisposeAsync().ConfigureAwait(false);
    }
}
