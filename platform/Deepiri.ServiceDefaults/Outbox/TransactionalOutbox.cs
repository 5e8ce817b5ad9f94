using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Dapr;
using Dapr.Client;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.State;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Deepiri.ServiceDefaults.Outbox;

/// <summary>
/// Commits transactions with their events. The events are stored as one more item of the transaction, in one of 256 slots of the store, and published
/// afterwards, without the caller waiting for it. What a crash leaves in a slot, <see cref="OutboxRelay"/> publishes. See docs/decisions/0017.
/// </summary>
internal sealed partial class TransactionalOutbox(DaprClient dapr, OutboxPublisher publisher, ServiceIdentity service, TimeProvider time, ILogger<TransactionalOutbox> log)
{
    /// <summary>How long a commit waits for a slot.</summary>
    private static readonly TimeSpan s_slotTimeout = TimeSpan.FromSeconds(5);

    /// <summary>How long a failed publish is repeated before it is left to the relay.</summary>
    private static readonly TimeSpan s_publishTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How often a transaction is sent of which nothing is to be found: another process may have had its slot for a moment.</summary>
    private const int MaxAttempts = 8;

    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<string, OutboxSlots> _slots = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, PublishedSlots> _published = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Task, byte> _publishing = new();

    /// <summary>The slots of a store, as this process knows them.</summary>
    public OutboxSlots SlotsOf(string storeName) => _slots.GetOrAdd(storeName, _ => new OutboxSlots());

    /// <inheritdoc cref="StateTransactions.TryCommitAsync"/>
    public async Task<bool> TryCommitAsync(StateTransaction transaction, CancellationToken cancellationToken)
    {
        var slots = SlotsOf(transaction.StoreName);
        var record = RecordOf(transaction);
        var began = Stopwatch.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            var left = s_slotTimeout - Stopwatch.GetElapsedTime(began);
            if (left <= TimeSpan.Zero || await slots.AcquireAsync(left, cancellationToken).ConfigureAwait(false) is not { } slot)
                throw new ApiException(StatusCodes.Status503ServiceUnavailable, "OUTBOX_FULL", "Too many events are waiting to be published. Try again.", retryable: true, retryAfter: s_slotTimeout);
            switch (await TryCommitAsync(transaction, record, slots, slot, attempt >= MaxAttempts, cancellationToken).ConfigureAwait(false))
            {
                case Outcome.Committed:
                    PublishInBackground(transaction.StoreName, slots, slot, record);
                    return true;
                case Outcome.CommittedAndPublished:
                    slots.Release(slot);
                    return true;
                case Outcome.LostRace:
                    slots.Release(slot);
                    return false;
                case Outcome.SlotTaken:
                    // By another process; the next one is tried.
                    slots.Release(slot);
                    attempt--;
                    break;
                case Outcome.Unknown:
                    // It may still be committed in a moment: then the relay finds it in its slot, and the next attempt finds the items changed.
                    slots.LeaveToRelay(slot);
                    await Task.Delay(Random.Shared.Next(20 * attempt), cancellationToken).ConfigureAwait(false);
                    break;
            }
        }
    }

    /// <summary>Waits until the events of committed transactions are published and their slots emptied, or left to the relay of the next start.</summary>
    public Task DrainAsync(CancellationToken cancellationToken) => Task.WhenAll(_publishing.Keys).WaitAsync(cancellationToken);

    private async Task<Outcome> TryCommitAsync(StateTransaction transaction, OutboxRecord record, OutboxSlots slots, int slot, bool isLastAttempt, CancellationToken cancellationToken)
    {
        StateTransactionRequest[] operations = [.. transaction.Operations, ConditionalWrites.Upsert(OutboxSlots.KeyOf(slot), record, "")];
        try
        {
            await dapr.ExecuteStateTransactionAsync(transaction.StoreName, operations, cancellationToken: cancellationToken).ConfigureAwait(false);
            return Outcome.Committed;
        }
        catch (DaprException) when (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                if (await OutcomeAsync(transaction, record, slot).ConfigureAwait(false) is var outcome && (outcome != Outcome.Unknown || !isLastAttempt))
                    return outcome;
            }
            catch
            {
                slots.LeaveToRelay(slot);
                throw;
            }
            slots.LeaveToRelay(slot);
            throw;
        }
        catch
        {
            slots.LeaveToRelay(slot);
            throw;
        }
    }

    /// <summary>What became of a transaction that failed, or whose response was lost.</summary>
    private async Task<Outcome> OutcomeAsync(StateTransaction transaction, OutboxRecord record, int slot)
    {
        var key = OutboxSlots.KeyOf(slot);
        var inSlot = await dapr.GetStateAsync<OutboxRecord?>(transaction.StoreName, key).ConfigureAwait(false);
        if (inSlot?.CommitId == record.CommitId)
            return Outcome.Committed;
        return await dapr.OutcomeAsync(transaction.StoreName, transaction.Operations).ConfigureAwait(false) switch
        {
            true => Outcome.CommittedAndPublished,
            false => Outcome.LostRace,
            null => inSlot is null ? Outcome.Unknown : Outcome.SlotTaken,
        };
    }

    private void PublishInBackground(string storeName, OutboxSlots slots, int slot, OutboxRecord record)
    {
        var publishing = Task.Run(() => PublishAsync(storeName, slots, slot, record));
        _publishing.TryAdd(publishing, 0);
        publishing.ContinueWith(done => _publishing.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    private async Task PublishAsync(string storeName, OutboxSlots slots, int slot, OutboxRecord record)
    {
        var began = Stopwatch.GetTimestamp();
        for (var pause = s_firstPause; ; pause *= 2)
        {
            try
            {
                await publisher.PublishAsync(record, CancellationToken.None).ConfigureAwait(false);
                break;
            }
            catch (Exception e)
            {
                if (Stopwatch.GetElapsedTime(began) + pause >= s_publishTimeout)
                {
                    LeftToRelay(log, record.Events.Count, record.Topic, e);
                    slots.LeaveToRelay(slot);
                    return;
                }
                await Task.Delay(pause).ConfigureAwait(false);
            }
        }
        await _published.GetOrAdd(storeName, store => new PublishedSlots(dapr, store, slots, log)).EmptyAsync(slot, record.CommitId).ConfigureAwait(false);
    }

    private OutboxRecord RecordOf(StateTransaction transaction)
    {
        var now = time.GetUtcNow();
        var events = transaction.Events.Select(e => new CloudEvent<JsonElement>(e.Data)
        {
            Id = Guid.CreateVersion7(now).ToString(),
            SpecVersion = "1.0",
            Source = new Uri(service.Name, UriKind.Relative),
            Type = e.Type,
            Time = now,
            TraceParent = Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Id : null,
        });
        return new OutboxRecord(Guid.NewGuid().ToString("N"), now, transaction.Topic!, [.. events]);
    }

    private enum Outcome
    {
        Committed,
        CommittedAndPublished,
        LostRace,
        SlotTaken,
        Unknown,
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Failed to publish {Count} events to {Topic}; left to the relay")]
    private static partial void LeftToRelay(ILogger log, int count, string topic, Exception e);
}
