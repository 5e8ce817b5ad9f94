using System.Diagnostics;
using System.Text.Json;
using Dapr;
using Dapr.Client;
using Deepiri.ServiceDefaults.State;
using Microsoft.Extensions.Logging;

namespace Deepiri.ServiceDefaults.Outbox;

/// <summary>
/// Empties the slots of one store whose events are published, many with one transaction: what comes after an event matters more than its slot, of
/// which there are enough.
/// </summary>
internal sealed partial class PublishedSlots(DaprClient dapr, string storeName, OutboxSlots slots, ILogger log)
{
    /// <summary>How long a slot waits for others to be emptied with.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(250);

    /// <summary>How long emptying is repeated before it is left to the relay, which publishes the events again.</summary>
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan s_firstPause = TimeSpan.FromMilliseconds(100);

    /// <summary>So many are emptied at once, without waiting for more.</summary>
    private const int MostWaiting = 32;

    private readonly Lock _lock = new();
    private Dictionary<int, string> _waiting = [];
    private TaskCompletionSource _isFull = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _emptied = Task.CompletedTask;

    /// <summary>Empties a slot, soon, if it still holds this commit, and releases it; completes when that is done.</summary>
    public Task EmptyAsync(int slot, string commitId)
    {
        lock (_lock)
        {
            _waiting.Add(slot, commitId);
            if (_waiting.Count == 1)
                _emptied = EmptySoonAsync(_isFull.Task);
            if (_waiting.Count >= MostWaiting)
                _isFull.TrySetResult();
            return _emptied;
        }
    }

    private async Task EmptySoonAsync(Task isFull)
    {
        await Task.WhenAny(isFull, Task.Delay(s_patience)).ConfigureAwait(false);
        Dictionary<int, string> published;
        lock (_lock)
        {
            (published, _waiting) = (_waiting, []);
            _isFull = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        var began = Stopwatch.GetTimestamp();
        for (var pause = s_firstPause; !await TryEmptyAsync(published).ConfigureAwait(false); pause *= 2)
        {
            if (Stopwatch.GetElapsedTime(began) + pause >= s_timeout)
            {
                LeftToRelay(log, published.Count, storeName);
                foreach (var slot in published.Keys)
                    slots.LeaveToRelay(slot);
                return;
            }
            await Task.Delay(pause).ConfigureAwait(false);
        }
    }

    /// <summary>Releases those that are empty, or held by another commit, and takes them off the list; true when none is left.</summary>
    private async Task<bool> TryEmptyAsync(Dictionary<int, string> published)
    {
        try
        {
            var keys = published.Keys.ToDictionary(OutboxSlots.KeyOf);
            var items = await dapr.GetBulkStateAsync<OutboxRecord?>(storeName, [.. keys.Keys], parallelism: null).ConfigureAwait(false);
            var ours = items.Where(i => i.Value?.CommitId == published[keys[i.Key]]).ToList();
            var isEmpty = ours.Count == 0
                || await dapr.TryExecuteAsync(storeName, [.. ours.Select(i => new StateTransactionRequest(i.Key, null, StateOperationType.Delete, i.ETag))], CancellationToken.None).ConfigureAwait(false);
            foreach (var key in keys.Keys.Except(isEmpty ? [] : ours.Select(i => i.Key)))
            {
                published.Remove(keys[key]);
                slots.Release(keys[key]);
            }
            return published.Count == 0;
        }
        catch (Exception e) when (e is DaprException or JsonException)
        {
            NotEmptied(log, published.Count, storeName, e);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Failed to empty {Count} slots of {Store}; trying again")]
    private static partial void NotEmptied(ILogger log, int count, string store, Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Count} slots of {Store} could not be emptied; left to the relay, which publishes their events again")]
    private static partial void LeftToRelay(ILogger log, int count, string store);
}
