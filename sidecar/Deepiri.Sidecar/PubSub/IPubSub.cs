namespace Deepiri.Sidecar.PubSub;

/// <summary>A message as the broker carries it: the envelope's bytes, or the raw payload.</summary>
internal sealed record PubSubMessage(string Topic, ReadOnlyMemory<byte> Data, DateTimeOffset? ExpiresAt = null);

/// <summary>Handles one message; an exception means: deliver it again.</summary>
internal delegate Task MessageHandler(PubSubMessage message, CancellationToken cancellationToken);

/// <summary>A pub/sub component.</summary>
internal interface IPubSub
{
    /// <summary>True when the broker itself drops expired messages.</summary>
    bool HasMessageTtl { get; }

    /// <summary>Publishes messages in one go; when this returns, they are as durable as the broker makes them.</summary>
    Task PublishAsync(IReadOnlyList<PubSubMessage> messages, CancellationToken cancellationToken);

    /// <summary>Starts to deliver a topic's messages to one consumer group; disposing the result stops, after the messages under way.</summary>
    Task<IAsyncDisposable> SubscribeAsync(string topic, MessageHandler handler, CancellationToken cancellationToken);
}
