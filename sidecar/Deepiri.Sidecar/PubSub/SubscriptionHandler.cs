using System.Text.Json;
using Deepiri.Sidecar.Cel;
using Deepiri.Sidecar.Resiliency;
using Deepiri.Sidecar.Resources;
using Microsoft.Extensions.Logging;

namespace Deepiri.Sidecar.PubSub;

/// <summary>Routes a subscription's events to the app and acts on its answer, as Dapr's table of responses says.</summary>
internal sealed class SubscriptionHandler(SubscriptionSpec spec, string appId, IEventDelivery delivery, Publisher publisher, TimeProvider time, ILogger log)
{
    private readonly IReadOnlyList<(CelExpression Match, string Path)> _rules =
        [.. spec.Rules.Where(r => r.Path.Length > 0).Select(r => (CelExpression.Compile(r.Match, "event"), r.Path))];

    /// <summary>Handles one message of the broker.</summary>
    /// <exception cref="DeliveryException">It must be delivered again.</exception>
    public async Task HandleAsync(PubSubMessage message, CancellationToken cancellationToken)
    {
        var bytes = spec.IsRaw ? CloudEventEnvelope.FromRaw(message.Data, spec.PubsubName, spec.Topic) : message.Data;
        string? id = null;
        try
        {
            using var envelope = Parse(bytes);
            var e = new EventToDeliver(message.Data, bytes, envelope.RootElement);
            id = e.Text("id");
            if (CloudEventEnvelope.HasExpired(envelope.RootElement, time.GetUtcNow()))
                throw new UnwantedException("it has expired");
            var path = Route(envelope.RootElement) ?? throw new UnwantedException("no rule of the subscription matches");
            await delivery.DeliverAsync(path, e, cancellationToken).ConfigureAwait(false);
        }
        catch (UnwantedException e)
        {
            if (spec.DeadLetterTopic is not null)
                await DeadLetterAsync(message, id, e.Message, cancellationToken).ConfigureAwait(false);
            else
                Log.EventDropped(log, appId, id, spec.Topic, e.Message);
        }
        catch (Exception e) when (e is DeliveryException or PolicyException && spec.DeadLetterTopic is not null)
        {
            await DeadLetterAsync(message, id, e.Message, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is DeliveryException or PolicyException)
        {
            Log.DeliveryFailed(log, appId, id, spec.Topic, e.Message);
            throw e as DeliveryException ?? new DeliveryException(e.Message, e);
        }
    }

    private static JsonDocument Parse(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            var document = JsonDocument.Parse(bytes);
            return document.RootElement.ValueKind == JsonValueKind.Object ? document : throw new UnwantedException("it is not a CloudEvent; subscribe with rawPayload for other messages");
        }
        catch (JsonException e)
        {
            throw new UnwantedException($"it is not a CloudEvent; subscribe with rawPayload for other messages ({e.Message})");
        }
    }

    private string? Route(JsonElement envelope)
    {
        try
        {
            foreach (var (match, path) in _rules)
            {
                if (match.EvaluatesToTrue("event", envelope))
                    return path;
            }
        }
        catch (CelException e)
        {
            throw new DeliveryException($"a rule of the subscription cannot be evaluated: {e.Message}", e);
        }
        return spec.DefaultPath is { Length: > 0 } ? spec.DefaultPath : null;
    }

    private async Task DeadLetterAsync(PubSubMessage message, string? id, string reason, CancellationToken cancellationToken)
    {
        try
        {
            var (_, pubSub) = publisher.Target(spec.PubsubName, spec.DeadLetterTopic!);
            await pubSub.PublishAsync([message with { Topic = spec.DeadLetterTopic! }], cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new DeliveryException($"the dead-letter topic cannot be published to: {e.Message}", e);
        }
        Log.DeadLettered(log, appId, id, spec.Topic, spec.DeadLetterTopic!, reason);
    }
}
