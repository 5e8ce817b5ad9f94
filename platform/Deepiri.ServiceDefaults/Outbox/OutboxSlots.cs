namespace Deepiri.ServiceDefaults.Outbox;

/// <summary>What this process knows of the slots of one store. Which of them other processes use shows when a transaction finds one taken.</summary>
internal sealed class OutboxSlots
{
    public const int Count = 256;

    private readonly Lock _lock = new();
    private readonly SlotState[] _states = new SlotState[Count];
    private readonly SemaphoreSlim _free = new(Count);

    private enum SlotState
    {
        Free,
        InUse,
        LeftToRelay,
    }

    /// <summary>The key of a slot in the store.</summary>
    public static string KeyOf(int slot) => $"outbox|{slot}";

    /// <summary>Takes a slot that is free as far as this process knows; null when there is none within the time.</summary>
    public async Task<int?> AcquireAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (!await _free.WaitAsync(timeout, cancellationToken).ConfigureAwait(false))
            return null;
        lock (_lock)
        {
            // At random, so that processes that have met in one slot do not meet in the next one.
            var slot = Random.Shared.Next(Count);
            while (_states[slot] != SlotState.Free)
                slot = (slot + 1) % Count;
            _states[slot] = SlotState.InUse;
            return slot;
        }
    }

    /// <summary>Gives a slot back that this process has acquired and whose item is gone.</summary>
    public void Release(int slot)
    {
        lock (_lock)
            _states[slot] = SlotState.Free;
        _free.Release();
    }

    /// <summary>Keeps a slot from being acquired until the relay has emptied it: its events may not be published yet.</summary>
    public void LeaveToRelay(int slot)
    {
        lock (_lock)
            _states[slot] = SlotState.LeftToRelay;
    }

    /// <summary>Whether the relay may publish what is in a slot: this process is not about to do so itself.</summary>
    public bool IsForRelay(int slot)
    {
        lock (_lock)
            return _states[slot] != SlotState.InUse;
    }

    /// <summary>Gives a slot back that was left to the relay, and is empty now.</summary>
    public void ReleaseFromRelay(int slot)
    {
        lock (_lock)
        {
            if (_states[slot] != SlotState.LeftToRelay)
                return;
            _states[slot] = SlotState.Free;
        }
        _free.Release();
    }
}
