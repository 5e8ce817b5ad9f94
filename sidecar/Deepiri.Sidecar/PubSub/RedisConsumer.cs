using System.Collections.Concurrent;
using System.Threading.Channels;
using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Redis;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace Deepiri.Sidecar.PubSub;

/// <summary>
/// Delivers one stream to one consumer group. What was delivered and not acknowledged stays pending at Redis; it is taken up again when it
/// has been pending for <c>processingTimeout</c>, and at once when this consumer starts.
/// </summary>
internal sealed class RedisConsumer(RedisClient redis, string topic, MessageHandler handler, RedisPubSubOptions options, ComponentContext context)
{
    private const int BlockMilliseconds = 5000;
    private static readonly TimeSpan s_drain = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_retryPause = TimeSpan.FromSeconds(1);

    private readonly Channel<(string Id, PubSubMessage Message)> _queue = Channel.CreateBounded<(string, PubSubMessage)>(options.QueueDepth);
    private readonly ConcurrentDictionary<string, byte> _underWay = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly ILogger _log = context.Run.Loggers.CreateLogger("sidecar");
    private Task _loops = Task.CompletedTask;
    private Task _workers = Task.CompletedTask;

    /// <summary>Joins the group, which is made when it does not exist, and begins to deliver.</summary>
    public async Task StartAsync()
    {
        await JoinAsync().ConfigureAwait(false);
        _workers = Task.WhenAll(Enumerable.Range(0, options.Concurrency).Select(_ => Task.Run(WorkAsync)));
        _loops = Task.Run(async () =>
        {
            // What an earlier life of this sidecar left behind comes first, and nobody else is at it.
            await RepeatAsync(() => ReclaimAsync(TimeSpan.Zero)).ConfigureAwait(false);
            await Task.WhenAll(RepeatAsync(ReadAsync), RepeatAsync(RedeliverAsync)).ConfigureAwait(false);
        });
    }

    /// <summary>Stops taking messages and gives those under way 30 seconds; what is not acknowledged stays pending.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _loops.ConfigureAwait(false);
        _queue.Writer.TryComplete();
        _abort.CancelAfter(s_drain);
        await _workers.ConfigureAwait(false);
    }

    /// <summary>A group starts with the first message of its stream, as Dapr's does.</summary>
    private async Task JoinAsync()
    {
        try
        {
            await redis.Database.StreamCreateConsumerGroupAsync(topic, options.ConsumerId, StreamPosition.Beginning).ConfigureAwait(false);
        }
        catch (RedisServerException e) when (e.Message.StartsWith("BUSYGROUP", StringComparison.Ordinal))
        {
            // It is there already.
        }
    }

    /// <summary>Runs some work to its end; when Redis fails or forgets the group, it starts over.</summary>
    private async Task RepeatAsync(Func<Task> work)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await work().ConfigureAwait(false);
                return;
            }
            catch (Exception) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Log.ListeningFailed(_log, $"{context.Spec.Name}/{topic}", e.Message);
                await Task.Delay(s_retryPause, context.Run.Time, _stop.Token).ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
            }
        }
    }

    private async Task ReadAsync()
    {
        var connection = await redis.OpenAsync(_stop.Token).ConfigureAwait(false);
        try
        {
            await JoinAsync().ConfigureAwait(false);
            while (!_stop.IsCancellationRequested)
            {
                var reply = await connection.GetDatabase().ExecuteAsync("XREADGROUP", "GROUP", options.ConsumerId, options.ConsumerId, "COUNT", options.QueueDepth, "BLOCK", BlockMilliseconds, "STREAMS", topic, ">")
                    .WaitAsync(_stop.Token).ConfigureAwait(false);
                if (!reply.IsNull)
                    await EnqueueAsync(reply[0][1]).ConfigureAwait(false);
            }
        }
        finally
        {
            // Disposal would wait for the read that blocks.
            await connection.CloseAsync(allowCommandsToComplete: false).ConfigureAwait(false);
        }
    }

    private async Task RedeliverAsync()
    {
        // As with Dapr, 0 for either means never.
        if (options.ProcessingTimeout <= TimeSpan.Zero || options.RedeliverInterval <= TimeSpan.Zero)
            return;
        while (!_stop.IsCancellationRequested)
        {
            await Task.Delay(options.RedeliverInterval, context.Run.Time, _stop.Token).ConfigureAwait(false);
            await ReclaimAsync(options.ProcessingTimeout).ConfigureAwait(false);
        }
    }

    /// <summary>Takes up what has been pending for so long.</summary>
    private async Task ReclaimAsync(TimeSpan idle)
    {
        var cursor = "0-0";
        do
        {
            var reply = await redis.Database.ExecuteAsync("XAUTOCLAIM", topic, options.ConsumerId, options.ConsumerId, (long)idle.TotalMilliseconds, cursor, "COUNT", options.QueueDepth)
                .WaitAsync(_stop.Token).ConfigureAwait(false);
            cursor = (string)reply[0]!;
            await EnqueueAsync(reply[1]).ConfigureAwait(false);
        }
        while (cursor != "0-0");
    }

    /// <summary>Waits while the queue is full. What is under way already is left to whoever has it.</summary>
    private async Task EnqueueAsync(RedisResult entries)
    {
        // All are reserved before the first waits: the other loop must not take one of them up, and be done with it, meanwhile.
        var mine = ((RedisResult[])entries!).Where(e => !e.IsNull && !e[1].IsNull && _underWay.TryAdd((string)e[0]!, 0)).ToList();
        foreach (var entry in mine)
            await _queue.Writer.WriteAsync(((string)entry[0]!, new PubSubMessage(topic, Data(entry[1]))), _stop.Token).ConfigureAwait(false);
    }

    private static ReadOnlyMemory<byte> Data(RedisResult fields)
    {
        for (var i = 0; i + 1 < fields.Length; i += 2)
        {
            if ((string?)fields[i] == RedisPubSub.DataField)
                return (byte[])fields[i + 1]!;
        }
        return default;
    }

    private async Task WorkAsync()
    {
        await foreach (var (id, message) in _queue.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            // What is still queued when the consumer stops stays pending.
            if (!_stop.IsCancellationRequested)
                await DeliverAsync(id, message).ConfigureAwait(false);
            _underWay.TryRemove(id, out _);
        }
    }

    private async Task DeliverAsync(string id, PubSubMessage message)
    {
        try
        {
            await handler(message, _abort.Token).ConfigureAwait(false);
            await redis.Database.StreamAcknowledgeAsync(topic, options.ConsumerId, id).ConfigureAwait(false);
        }
        catch (Exception e) when (e is DeliveryException or AppGoneException)
        {
            // Logged where it arose; it stays pending.
        }
        catch (OperationCanceledException) when (_abort.IsCancellationRequested)
        {
            // Not acknowledged: it comes again with the next start.
        }
        catch (Exception e)
        {
            Log.ConsumerFailed(_log, context.Spec.Name, topic, e);
        }
    }
}
