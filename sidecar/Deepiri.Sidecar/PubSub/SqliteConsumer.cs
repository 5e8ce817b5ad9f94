using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Sqlite;
using Microsoft.Extensions.Logging;

namespace Deepiri.Sidecar.PubSub;

/// <summary>How a consumer of <c>pubsub.sqlite</c> delivers.</summary>
internal sealed record SqliteConsumerOptions(int Concurrency, TimeSpan RedeliverInterval, TimeSpan MaxRedeliverInterval);

/// <summary>Delivers one topic to one consumer group: new messages in order of publication, failed ones again after a growing pause.</summary>
internal sealed class SqliteConsumer(
    SqliteDatabase database, SemaphoreSlim signal, string topic, string consumer, MessageHandler handler, SqliteConsumerOptions options, ComponentContext context)
{
    /// <summary>So many failing messages may wait; past that, new ones stay in the file until some have gone through.</summary>
    private const int MostWaiting = 1000;
    private const int PageSize = 256;

    /// <summary>So many acknowledgements may wait for being written; past that, deliveries wait for them.</summary>
    private const int MostHandled = 1000;

    private static readonly TimeSpan s_drain = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly SemaphoreSlim _slots = new(options.Concurrency, options.Concurrency);
    private readonly Lock _lock = new();
    private readonly List<long> _handled = [];
    private readonly ILogger _log = context.Run.Loggers.CreateLogger("sidecar");
    private Task _loop = Task.CompletedTask;
    private Task _acknowledging = Task.CompletedTask;
    private int _waiting;

    public SemaphoreSlim Signal => signal;

    public void Start() => _loop = Task.Run(RunAsync, CancellationToken.None);

    /// <summary>Stops taking messages and gives those under way 30 seconds; what is not acknowledged stays in the file.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _abort.CancelAfter(s_drain);
        await _loop.ConfigureAwait(false);
        for (var i = 0; i < options.Concurrency; i++)
            await _slots.WaitAsync().ConfigureAwait(false);
        Task acknowledging;
        lock (_lock)
            acknowledging = _acknowledging;
        await acknowledging.ConfigureAwait(false);
    }

    private async Task RunAsync()
    {
        var last = 0L;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var page = Volatile.Read(ref _waiting) < MostWaiting ? ReadAfter(last) : [];
                foreach (var (id, message) in page)
                {
                    await _slots.WaitAsync(_stop.Token).ConfigureAwait(false);
                    last = id;
                    _ = DeliverAsync(id, message, attempt: 1);
                }
                if (page.Count < PageSize)
                    await signal.WaitAsync(_stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Log.ConsumerFailed(_log, context.Spec.Name, topic, e);
                await Task.Delay(TimeSpan.FromSeconds(1), context.Run.Time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private List<(long Id, PubSubMessage Message)> ReadAfter(long last) => database.Read(connection =>
    {
        var page = new List<(long, PubSubMessage)>();
        var rows = connection.Statement("SELECT m.id, m.data, m.expires FROM delivery d JOIN message m ON m.id = d.message WHERE d.topic = ? AND d.consumer = ? AND d.message > ? ORDER BY d.message LIMIT ?")
            .Bind(topic).Bind(consumer).Bind(last).Bind(PageSize);
        while (rows.Step())
            page.Add((rows.Int64(0), new PubSubMessage(topic, rows.Blob(1), rows.IsNull(2) ? null : DateTimeOffset.FromUnixTimeMilliseconds(rows.Int64(2)))));
        rows.Reset();
        return page;
    });

    /// <summary>Delivers with a slot held; a failed message gives its slot back while it waits.</summary>
    private async Task DeliverAsync(long id, PubSubMessage message, int attempt)
    {
        try
        {
            if (message.ExpiresAt is null || message.ExpiresAt > context.Run.Time.GetUtcNow())
                await handler(message, _abort.Token).ConfigureAwait(false);
            await AcknowledgeAsync(id).ConfigureAwait(false);
        }
        catch (Exception e) when (e is DeliveryException or AppGoneException)
        {
            _ = RetryLaterAsync(id, message, attempt);
        }
        catch (OperationCanceledException) when (_abort.IsCancellationRequested)
        {
            // Not acknowledged: it comes again with the next start.
        }
        catch (Exception e)
        {
            Log.ConsumerFailed(_log, context.Spec.Name, topic, e);
            _ = RetryLaterAsync(id, message, attempt);
        }
        finally
        {
            _slots.Release();
        }
    }

    private async Task RetryLaterAsync(long id, PubSubMessage message, int attempt)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            await Task.Delay(Pause(attempt), context.Run.Time, _stop.Token).ConfigureAwait(false);
            await _slots.WaitAsync(_stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        finally
        {
            if (Interlocked.Decrement(ref _waiting) == MostWaiting - 1)
                TopicSignals.Set(signal);
        }
        await DeliverAsync(id, message, attempt + 1).ConfigureAwait(false);
    }

    private TimeSpan Pause(int attempt)
    {
        var doubled = options.RedeliverInterval * Math.Pow(2, Math.Min(attempt - 1, 20));
        return doubled < options.MaxRedeliverInterval ? doubled : options.MaxRedeliverInterval;
    }

    /// <summary>
    /// Acknowledges a message together with those that are handled until it is written. If the process dies before that, it comes again: at least once.
    /// </summary>
    private Task AcknowledgeAsync(long id)
    {
        lock (_lock)
        {
            _handled.Add(id);
            if (_handled.Count == 1)
                _acknowledging = WriteAcknowledgementsAsync();
            return _handled.Count < MostHandled ? Task.CompletedTask : _acknowledging;
        }
    }

    private async Task WriteAcknowledgementsAsync()
    {
        try
        {
            await database.WriteWithoutHasteAsync(connection =>
            {
                foreach (var id in TakeHandled())
                    Delete(connection, id);
            }).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // They come again with the next start.
            Log.ConsumerFailed(_log, context.Spec.Name, topic, e);
        }
    }

    private long[] TakeHandled()
    {
        lock (_lock)
        {
            long[] handled = [.. _handled];
            _handled.Clear();
            return handled;
        }
    }

    private void Delete(SqliteConnection connection, long id)
    {
        connection.Statement("DELETE FROM delivery WHERE topic = ? AND consumer = ? AND message = ?").Bind(topic).Bind(consumer).Bind(id).Run();
        // Acknowledged before: another group's share must not be taken off a second time.
        if (connection.Changes == 0)
            return;
        connection.Statement("UPDATE message SET pending = pending - 1 WHERE id = ?").Bind(id).Run();
        connection.Statement("DELETE FROM message WHERE id = ? AND pending = 0").Bind(id).Run();
    }
}
