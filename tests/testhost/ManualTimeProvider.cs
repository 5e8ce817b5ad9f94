namespace Deepiri.TestHost;

/// <summary>A clock that a test moves; timers fire as it passes them.</summary>
public sealed class ManualTimeProvider(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = start;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
            return _now;
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    /// <summary>Moves the clock, and fires what is due on the way in order.</summary>
    public void Advance(TimeSpan by)
    {
        var end = GetUtcNow() + by;
        while (true)
        {
            ManualTimer? due;
            lock (_lock)
            {
                due = _timers.Where(t => t.Due <= end).MinBy(t => t.Due);
                if (due is null)
                {
                    _now = end;
                    return;
                }
                _now = due.Due > _now ? due.Due : _now;
            }
            due.Fire();
        }
    }

    /// <summary>True when a timer waits for exactly this moment from now: what a test lets the code reach before it moves on.</summary>
    public bool IsDueIn(TimeSpan time)
    {
        lock (_lock)
            return _timers.Exists(t => t.Due == _now + time);
    }

    /// <summary>Sets the clock to any time, also an earlier one. Timers wait as long as before, as they do when a machine's clock is set.</summary>
    public void JumpTo(DateTimeOffset time)
    {
        lock (_lock)
        {
            foreach (var timer in _timers)
                timer.Shift(time - _now);
            _now = time;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class ManualTimer(ManualTimeProvider clock, Action callback) : ITimer
    {
        private TimeSpan _period;

        public DateTimeOffset Due { get; private set; } = DateTimeOffset.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._lock)
            {
                clock._timers.Remove(this);
                _period = period;
                if (dueTime == Timeout.InfiniteTimeSpan)
                    return true;
                Due = clock._now + dueTime;
                clock._timers.Add(this);
            }
            return true;
        }

        public void Shift(TimeSpan by) => Due += by;

        public void Fire()
        {
            lock (clock._lock)
            {
                if (_period > TimeSpan.Zero && _period != Timeout.InfiniteTimeSpan)
                    Due += _period;
                else
                    clock._timers.Remove(this);
            }
            callback();
        }

        public void Dispose()
        {
            lock (clock._lock)
                clock._timers.Remove(this);
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
