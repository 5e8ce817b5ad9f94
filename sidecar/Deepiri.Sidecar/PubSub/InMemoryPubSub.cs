using System.Collections.Concurrent;
using System.Threading.Channels;
using Deepiri.Sidecar.Components;
using Microsoft.Extensions.Logging;

namespace Deepiri.Sidecar.PubSub;

/// <summary>Where the apps of a run meet.</summary>
internal sealed class InMemoryBroker
{
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<object, Channel<PubSubMessage>>> _topics = new(StringComparer.Ordinal);

    public ConcurrentDictionary<object, Channel<PubSubMessage>> Subscribers(string topic) => _topics.GetOrAdd(topic, _ => new());
}

/// <summary>
/// <c>pubsub.in-memory</c>, for all apps of a run: every subscriber gets every message published while it listens; nothing outlives the process.
/// A handler that fails is tried ten times, 100 ms apart, as with daprd.
/// </summary>
internal sealed class InMemoryPubSub(InMemoryBroker broker, ComponentContext context) : IPubSub
{
    private const int Attempts = 10;
    private const int Concurrency = 16;
    private const int LongestQueue = 10_000;
    private static readonly TimeSpan s_drain = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_retryInterval = TimeSpan.FromMilliseconds(100);

    private readonly ILogger _log = context.Run.Loggers.CreateLogger("sidecar");

    public bool HasMessageTtl => false;

    public async Task PublishAsync(IReadOnlyList<PubSubMessage> messages, CancellationToken cancellationToken)
    {
        foreach (var message in messages)
        {
            // A subscriber that falls 10,000 messages behind slows its publishers down; nothing is dropped.
            foreach (var subscriber in broker.Subscribers(message.Topic).Values)
                await OfferAsync(subscriber.Writer, message, cancellationToken).ConfigureAwait(false);
        }
    }

    public Task<IAsyncDisposable> SubscribeAsync(string topic, MessageHandler handler, CancellationToken cancellationToken)
    {
        var queue = Channel.CreateBounded<PubSubMessage>(LongestQueue);
        var key = new object();
        broker.Subscribers(topic)[key] = queue;
        var stop = new CancellationTokenSource();
        var abort = new CancellationTokenSource();
        var workers = Enumerable.Range(0, Concurrency).Select(_ => Task.Run(() => ConsumeAsync(queue.Reader, handler, stop.Token, abort.Token), CancellationToken.None)).ToArray();
        return Task.FromResult<IAsyncDisposable>(new Subscription(async () =>
        {
            broker.Subscribers(topic).TryRemove(key, out _);
            queue.Writer.TryComplete();
            await stop.CancelAsync().ConfigureAwait(false);
            abort.CancelAfter(s_drain);
            await Task.WhenAll(workers).ConfigureAwait(false);
        }));
    }

    private static async Task OfferAsync(ChannelWriter<PubSubMessage> subscriber, PubSubMessage message, CancellationToken cancellationToken)
    {
        try
        {
            await subscriber.WriteAsync(message, cancellationToken).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            // It has just stopped listening, which is no fault of the publisher.
        }
    }

    /// <summary>Until it is stopped; what waits then is let go, since only those who listen get messages.</summary>
    private async Task ConsumeAsync(ChannelReader<PubSubMessage> queue, MessageHandler handler, CancellationToken stop, CancellationToken abort)
    {
        try
        {
            await foreach (var message in queue.ReadAllAsync(stop).ConfigureAwait(false))
                await HandleAsync(message, handler, stop, abort).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Stopped between two messages or two attempts.
        }
    }

    private async Task HandleAsync(PubSubMessage message, MessageHandler handler, CancellationToken stop, CancellationToken abort)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await handler(message, abort).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (attempt == Attempts)
            {
                Log.EventDropped(_log, context.AppId, null, message.Topic, $"{Attempts} attempts failed, the last one with: {e.Message}");
                return;
            }
            catch (Exception)
            {
                await Task.Delay(s_retryInterval, context.Run.Time, stop).ConfigureAwait(false);
            }
        }
    }
}

/// <summary>A running subscription; disposing it stops it once.</summary>
internal sealed class Subscription(Func<Task> stop) : IAsyncDisposable
{
    private readonly Lazy<Task> _stopped = new(stop);

    public ValueTask DisposeAsync() => new(_stopped.Value);
}
