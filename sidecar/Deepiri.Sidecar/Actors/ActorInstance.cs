namespace Deepiri.Sidecar.Actors;

/// <summary>An actor in memory: one turn at a time, in the order in which they were asked for. A reentrant call shares its caller's turn.</summary>
internal sealed class ActorInstance(ActorKey key, ActorTypeConfig config, TimeProvider time)
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly Lock _lock = new();
    private long _lastUsed = time.GetTimestamp();
    private string? _reentrancyId;
    private int _depth;
    private bool _isClosed;

    public ActorKey Key => key;

    public ActorTypeConfig Config => config;

    /// <summary>Waits for a turn; false when the actor has been deactivated meanwhile and another instance must be taken.</summary>
    /// <param name="reentrancyId">Of the call chain; null when the caller does not know one.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The chain's id, to be passed on; null when the actor was closed.</returns>
    /// <exception cref="ActorStackDepthException">The chain has come back too often.</exception>
    public async Task<string?> EnterAsync(string? reentrancyId, CancellationToken cancellationToken)
    {
        if (TryReenter(reentrancyId))
            return reentrancyId;
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        lock (_lock)
        {
            if (_isClosed)
            {
                _turn.Release();
                return null;
            }
            _reentrancyId = string.IsNullOrEmpty(reentrancyId) ? Guid.NewGuid().ToString() : reentrancyId;
            _depth = 1;
            return _reentrancyId;
        }
    }

    public void Exit()
    {
        lock (_lock)
        {
            _lastUsed = time.GetTimestamp();
            if (--_depth > 0)
                return;
            _reentrancyId = null;
        }
        _turn.Release();
    }

    public bool IsIdle() => time.GetElapsedTime(Volatile.Read(ref _lastUsed)) >= config.IdleTimeout;

    /// <summary>Takes the last turn when nobody has one now: whoever waits takes a new instance once it is released.</summary>
    public bool TryTakeLastTurn()
    {
        if (!_turn.Wait(0))
            return false;
        lock (_lock)
        {
            if (!_isClosed)
                return _isClosed = true;
        }
        _turn.Release();
        return false;
    }

    /// <summary>Waits for the turn under way, but no longer than the type's drain timeout; false when that was too short.</summary>
    public async Task<bool> TakeLastTurnAsync()
    {
        var isMine = await _turn.WaitAsync(config.DrainTimeout).ConfigureAwait(false);
        Close();
        return isMine;
    }

    public void ReleaseLastTurn() => _turn.Release();

    private void Close()
    {
        lock (_lock)
            _isClosed = true;
    }

    private bool TryReenter(string? reentrancyId)
    {
        if (!config.IsReentrant || string.IsNullOrEmpty(reentrancyId))
            return false;
        lock (_lock)
        {
            if (_reentrancyId != reentrancyId)
                return false;
            if (_depth >= config.MaxStackDepth)
                throw new ActorStackDepthException();
            _depth++;
            return true;
        }
    }
}

/// <summary>An actor's identity.</summary>
internal readonly record struct ActorKey(string Type, string Id);

/// <summary>A chain of reentrant calls came back to an actor more often than it allows.</summary>
internal sealed class ActorStackDepthException : Exception;
