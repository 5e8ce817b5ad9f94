using Deepiri.Sidecar.Components;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Deepiri.Sidecar.PubSub;

/// <summary>
/// Delivers one queue. A message that fails goes back to the queue with <c>requeueInFailure</c>, else to its dead-letter exchange, if it has one.
/// The library sees to connections that are lost; a channel that the broker closes, or a consumer that it cancels, is begun anew here.
/// </summary>
internal sealed class RabbitMqConsumer(IConnection connection, string topic, MessageHandler handler, RabbitMqOptions options, ComponentContext context)
{
    private static readonly TimeSpan s_drain = TimeSpan.FromSeconds(30);

    // RabbitMQ hands a message that is put back out again at once; without a pause a failing app would be called without end.
    private static readonly TimeSpan s_requeuePause = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly SemaphoreSlim _idle = new(0, 1);
    private readonly ILogger _log = context.Run.Loggers.CreateLogger("sidecar");
    private IChannel? _channel;
    private Task _restarting = Task.CompletedTask;
    private int _underWay;

    private string Queue => $"{options.ConsumerId}-{topic}";

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var concurrency = options.Parallel ? (ushort)16 : (ushort)1;
        var channel = await connection.CreateChannelAsync(new CreateChannelOptions(false, false, consumerDispatchConcurrency: concurrency), cancellationToken).ConfigureAwait(false);
        try
        {
            await ConsumeAsync(channel, cancellationToken).ConfigureAwait(false);
            _channel = channel;
        }
        catch
        {
            await channel.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task ConsumeAsync(IChannel channel, CancellationToken cancellationToken)
    {
        await channel.ExchangeDeclareAsync(topic, options.ExchangeKind, options.Durable, options.DeletedWhenUnused, cancellationToken: cancellationToken).ConfigureAwait(false);
        var arguments = new Dictionary<string, object?> { ["x-queue-type"] = "classic" };
        AddLimits(arguments);
        if (options.EnableDeadLetter)
            arguments["x-dead-letter-exchange"] = await DeclareDeadLettersAsync(channel, cancellationToken).ConfigureAwait(false);
        await channel.QueueDeclareAsync(Queue, options.Durable, exclusive: false, options.DeletedWhenUnused, arguments, cancellationToken: cancellationToken).ConfigureAwait(false);
        if (options.PrefetchCount > 0)
            await channel.BasicQosAsync(0, options.PrefetchCount, global: false, cancellationToken).ConfigureAwait(false);
        await channel.QueueBindAsync(Queue, topic, "", cancellationToken: cancellationToken).ConfigureAwait(false);
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) => ReceiveAsync(channel, delivery);
        consumer.UnregisteredAsync += (_, _) => BeginAnewAsync(channel, "the broker cancelled the consumer");
        channel.ChannelShutdownAsync += (_, e) => connection.IsOpen ? BeginAnewAsync(channel, e.ReplyText) : Task.CompletedTask;
        await channel.BasicConsumeAsync(Queue, options.AutoAck, $"{Queue}-{Guid.NewGuid():N}", consumer, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes no more, gives what is under way 30 seconds, and closes the channel: the broker puts back what is not acknowledged.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _restarting.ConfigureAwait(false);
        _abort.CancelAfter(s_drain);
        while (Volatile.Read(ref _underWay) > 0)
            await _idle.WaitAsync().ConfigureAwait(false);
        if (_channel is { } channel)
            await channel.DisposeAsync().ConfigureAwait(false);
    }

    private Task BeginAnewAsync(IChannel channel, string reason)
    {
        // One of two events comes first; the other is of a channel that is given up.
        if (!_stop.IsCancellationRequested && Interlocked.CompareExchange(ref _channel, null, channel) == channel)
            _restarting = Task.Run(() => RestartAsync(channel, reason));
        return Task.CompletedTask;
    }

    private async Task RestartAsync(IChannel channel, string reason)
    {
        while (!_stop.IsCancellationRequested)
        {
            Log.ListeningFailed(_log, $"{context.Spec.Name}/{topic}", reason);
            await Task.Delay(options.ReconnectWait, context.Run.Time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                await channel.DisposeAsync().ConfigureAwait(false);
                await StartAsync(_stop.Token).ConfigureAwait(false);
                return;
            }
            catch (Exception e)
            {
                reason = e.Message;
            }
        }
    }

    private void AddLimits(Dictionary<string, object?> arguments)
    {
        if (options.MaxLen > 0)
            arguments["x-max-length"] = options.MaxLen;
        if (options.MaxLenBytes > 0)
            arguments["x-max-length-bytes"] = options.MaxLenBytes;
    }

    private async Task<string> DeclareDeadLettersAsync(IChannel channel, CancellationToken cancellationToken)
    {
        var (exchange, queue) = ($"dlx-{Queue}", $"dlq-{Queue}");
        var arguments = new Dictionary<string, object?> { ["x-queue-mode"] = "lazy", ["x-queue-type"] = "classic" };
        AddLimits(arguments);
        await channel.ExchangeDeclareAsync(exchange, "fanout", durable: true, options.DeletedWhenUnused, cancellationToken: cancellationToken).ConfigureAwait(false);
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, options.DeletedWhenUnused, arguments, cancellationToken: cancellationToken).ConfigureAwait(false);
        await channel.QueueBindAsync(queue, exchange, "", cancellationToken: cancellationToken).ConfigureAwait(false);
        return exchange;
    }

    private async Task ReceiveAsync(IChannel channel, BasicDeliverEventArgs delivery)
    {
        Interlocked.Increment(ref _underWay);
        try
        {
            // What comes after the stop stays unacknowledged and goes back with the channel.
            if (!_stop.IsCancellationRequested)
                await DeliverAsync(channel, delivery).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Not acknowledged: it goes back with the channel.
        }
        catch (Exception e)
        {
            Log.ConsumerFailed(_log, context.Spec.Name, topic, e);
        }
        finally
        {
            if (Interlocked.Decrement(ref _underWay) == 0 && _stop.IsCancellationRequested)
                TopicSignals.Set(_idle);
        }
    }

    private async Task DeliverAsync(IChannel channel, BasicDeliverEventArgs delivery)
    {
        try
        {
            // The library takes the buffer back when this returns; nothing of the message outlives the handler.
            await handler(new PubSubMessage(topic, delivery.Body), _abort.Token).ConfigureAwait(false);
        }
        catch (DeliveryException)
        {
            await ReturnAsync(channel, delivery, options.RequeueInFailure).ConfigureAwait(false);
            return;
        }
        catch (Exception e) when (!_abort.IsCancellationRequested)
        {
            // No fault of the message.
            if (e is not AppGoneException)
                Log.ConsumerFailed(_log, context.Spec.Name, topic, e);
            await ReturnAsync(channel, delivery, requeue: true).ConfigureAwait(false);
            return;
        }
        if (!options.AutoAck)
            await channel.BasicAckAsync(delivery.DeliveryTag, multiple: false).ConfigureAwait(false);
    }

    private async Task ReturnAsync(IChannel channel, BasicDeliverEventArgs delivery, bool requeue)
    {
        if (options.AutoAck)
            return;
        if (requeue)
            await Task.Delay(s_requeuePause, _stop.Token).ConfigureAwait(false);
        await channel.BasicNackAsync(delivery.DeliveryTag, multiple: false, requeue).ConfigureAwait(false);
    }
}
