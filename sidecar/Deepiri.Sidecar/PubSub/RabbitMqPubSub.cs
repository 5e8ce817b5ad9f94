using System.Collections.Concurrent;
using System.Threading.Channels;
using Deepiri.Sidecar.Components;
using RabbitMQ.Client;

namespace Deepiri.Sidecar.PubSub;

/// <summary>
/// <c>pubsub.rabbitmq</c>: an exchange for each topic, a queue <c>{consumerID}-{topic}</c> for each app. The client library connects again
/// when the connection is lost, and declares and consumes again what it did before.
/// </summary>
internal sealed class RabbitMqPubSub : IPubSub, IAsyncDisposable
{
    private const int PublishingChannels = 16;

    private readonly ComponentContext _context;
    private readonly RabbitMqOptions _options;
    private readonly IConnection _connection;
    private readonly ConcurrentDictionary<string, byte> _exchanges = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _publishers = new(PublishingChannels, PublishingChannels);
    private readonly Channel<IChannel> _idle = Channel.CreateBounded<IChannel>(PublishingChannels);

    private RabbitMqPubSub(ComponentContext context, RabbitMqOptions options, IConnection connection)
    {
        (_context, _options, _connection) = (context, options, connection);
        // A broker that starts anew may have lost what is not durable.
        _connection.RecoverySucceededAsync += (_, _) =>
        {
            _exchanges.Clear();
            return Task.CompletedTask;
        };
    }

    public bool HasMessageTtl => true;

    public static async Task<object> CreateAsync(ComponentContext context, CancellationToken cancellationToken)
    {
        var options = RabbitMqOptions.Of(context);
        var factory = new ConnectionFactory
        {
            Uri = options.Server,
            RequestedHeartbeat = options.HeartBeat,
            NetworkRecoveryInterval = options.ReconnectWait,
            ClientProvidedName = options.ClientName ?? $"{context.AppId}/{context.Spec.Name}",
        };
        return new RabbitMqPubSub(context, options, await factory.CreateConnectionAsync(cancellationToken).ConfigureAwait(false));
    }

    public async Task PublishAsync(IReadOnlyList<PubSubMessage> messages, CancellationToken cancellationToken)
    {
        await _publishers.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var channel = await OpenAsync(cancellationToken).ConfigureAwait(false);
            // A channel on which something failed is closed by the broker; it is not used again.
            await PublishAsync(channel, messages, cancellationToken).ConfigureAwait(false);
            _idle.Writer.TryWrite(channel);
        }
        finally
        {
            _publishers.Release();
        }
    }

    public async Task<IAsyncDisposable> SubscribeAsync(string topic, MessageHandler handler, CancellationToken cancellationToken)
    {
        var consumer = new RabbitMqConsumer(_connection, topic, handler, _options, _context);
        await consumer.StartAsync(cancellationToken).ConfigureAwait(false);
        _exchanges[topic] = 0;
        return new Subscription(consumer.StopAsync);
    }

    public async ValueTask DisposeAsync() => await _connection.DisposeAsync().ConfigureAwait(false);

    private async Task<IChannel> OpenAsync(CancellationToken cancellationToken)
    {
        while (_idle.Reader.TryRead(out var idle))
        {
            if (idle.IsOpen)
                return idle;
            // Otherwise the library would open it again with every connection.
            await idle.DisposeAsync().ConfigureAwait(false);
        }
        return await _connection.CreateChannelAsync(new CreateChannelOptions(_options.PublisherConfirm, _options.PublisherConfirm), cancellationToken).ConfigureAwait(false);
    }

    private async Task PublishAsync(IChannel channel, IReadOnlyList<PubSubMessage> messages, CancellationToken cancellationToken)
    {
        try
        {
            foreach (var topic in messages.Select(m => m.Topic).Distinct().Where(t => !_exchanges.ContainsKey(t)))
                await DeclareExchangeAsync(channel, topic, cancellationToken).ConfigureAwait(false);
            // All go out before the first is confirmed.
            await Task.WhenAll(messages.Select(m => channel.BasicPublishAsync(m.Topic, "", mandatory: false, Properties(m), m.Data, cancellationToken).AsTask())).ConfigureAwait(false);
        }
        catch
        {
            // The exchange may have gone with its last subscriber.
            foreach (var message in messages)
                _exchanges.TryRemove(message.Topic, out _);
            await channel.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private BasicProperties Properties(PubSubMessage message)
    {
        var properties = new BasicProperties { ContentType = "text/plain", Persistent = _options.Persistent };
        if (message.ExpiresAt is { } expires)
            properties.Expiration = Milliseconds(expires - _context.Run.Time.GetUtcNow());
        else if (_options.Ttl is { } ttl)
            properties.Expiration = Milliseconds(ttl);
        return properties;
    }

    private static string Milliseconds(TimeSpan time) => Math.Max(0, (long)time.TotalMilliseconds).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private async Task DeclareExchangeAsync(IChannel channel, string topic, CancellationToken cancellationToken)
    {
        await channel.ExchangeDeclareAsync(topic, _options.ExchangeKind, _options.Durable, _options.DeletedWhenUnused, cancellationToken: cancellationToken).ConfigureAwait(false);
        _exchanges[topic] = 0;
    }
}
