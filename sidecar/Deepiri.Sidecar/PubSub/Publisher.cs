using System.Text.Json;
using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Http;

namespace Deepiri.Sidecar.PubSub;

/// <summary>Publishes for an app: scopes, envelope, expiry.</summary>
internal sealed class Publisher(string appId, ComponentSet components, TimeProvider time)
{
    /// <summary>A component and topic that the app may publish to.</summary>
    /// <exception cref="DaprErrorException">There is none of that name, or the app may not.</exception>
    public (LoadedComponent Component, IPubSub PubSub) Target(string pubsubName, string topic)
    {
        if (!components.Any<IPubSub>())
            throw DaprErrors.PubSub.NotConfigured(pubsubName);
        if (pubsubName.Length == 0)
            throw DaprErrors.PubSub.NameEmpty();
        var (component, pubSub) = components.Find<IPubSub>(pubsubName) ?? throw DaprErrors.PubSub.NotFound(pubsubName);
        if (topic.Length == 0)
            throw DaprErrors.PubSub.TopicEmpty(pubsubName);
        return new TopicScopes(component.Metadata, appId).MayPublish(topic)
            ? (component, pubSub)
            : throw DaprErrors.PubSub.Forbidden(pubsubName, topic, appId);
    }

    /// <summary>Publishes a body; when this returns, the broker has it.</summary>
    /// <exception cref="DaprErrorException">The app may not, the body is not what it says it is, or the broker failed.</exception>
    public async Task PublishAsync(string pubsubName, string topic, ReadOnlyMemory<byte> body, string? contentType, IReadOnlyDictionary<string, string> metadata, (string Parent, string? State) trace, CancellationToken cancellationToken)
    {
        var (_, pubSub) = Target(pubsubName, topic);
        PubSubMessage message;
        try
        {
            message = Message(pubSub, pubsubName, topic, body, contentType, metadata, trace);
        }
        catch (JsonException e)
        {
            throw DaprErrors.PubSub.CloudEvent(pubsubName, appId, e.Message);
        }
        try
        {
            await pubSub.PublishAsync([message], cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw DaprErrors.PubSub.Publish(pubsubName, topic, e.Message);
        }
    }

    /// <summary>The message that a body becomes: a CloudEvent, or with <c>rawPayload</c> the body itself.</summary>
    /// <exception cref="JsonException">The body says it is a CloudEvent and is not.</exception>
    public PubSubMessage Message(IPubSub pubSub, string pubsubName, string topic, ReadOnlyMemory<byte> body, string? contentType,
        IReadOnlyDictionary<string, string> metadata, (string Parent, string? State) trace)
    {
        var now = time.GetUtcNow();
        var expires = Expiry(metadata, now);
        if (IsRaw(pubsubName, metadata))
            return new PubSubMessage(topic, body, expires);

        var publication = new CloudEventEnvelope.Publication(appId, pubsubName, topic, trace.Parent, trace.State, now, pubSub.HasMessageTtl ? null : expires);
        var envelope = CloudEventEnvelope.MediaType(contentType) == CloudEventEnvelope.ContentType
            ? CloudEventEnvelope.Complete(body, publication)
            : CloudEventEnvelope.Wrap(body, contentType, CloudEventOverrides.From(metadata), publication);
        return new PubSubMessage(topic, envelope, expires);
    }

    private static bool IsRaw(string pubsubName, IReadOnlyDictionary<string, string> metadata) => metadata.GetValueOrDefault("rawPayload")?.ToLowerInvariant() switch
    {
        null or "" or "false" or "0" or "f" => false,
        "true" or "1" or "t" => true,
        var other => throw DaprErrors.PubSub.Metadata(pubsubName, $"rawPayload value must be a valid boolean: actual is '{other}'"),
    };

    private static DateTimeOffset? Expiry(IReadOnlyDictionary<string, string> metadata, DateTimeOffset now) =>
        long.TryParse(metadata.GetValueOrDefault("ttlInSeconds"), out var seconds) && seconds > 0 ? now.AddSeconds(seconds) : null;
}
