namespace Dapr.Actors.Runtime;

/// <summary>Which reminder.</summary>
public class ActorReminderToken(string actorType, ActorId actorId, string name)
{
    /// <summary>The actor's type.</summary>
    public string ActorType { get; } = actorType;

    /// <summary>The actor's id.</summary>
    public ActorId ActorId { get; } = actorId;

    /// <summary>The reminder's name.</summary>
    public string Name { get; } = name;
}

/// <summary>A reminder with its times.</summary>
public class ActorReminder : ActorReminderToken, IActorReminder
{
    /// <summary>Without end.</summary>
    public ActorReminder(string actorType, ActorId actorId, string name, byte[]? state, TimeSpan dueTime, TimeSpan period)
        : this(actorType, actorId, name, state, dueTime, period, null, null)
    {
    }

    /// <summary>Ended after a time.</summary>
    public ActorReminder(string actorType, ActorId actorId, string name, byte[]? state, TimeSpan dueTime, TimeSpan period, TimeSpan ttl)
        : this(actorType, actorId, name, state, dueTime, period, null, ttl)
    {
    }

    /// <summary>Ended after a number of repetitions.</summary>
    public ActorReminder(string actorType, ActorId actorId, string name, byte[]? state, TimeSpan dueTime, TimeSpan period, int? repetitions)
        : this(actorType, actorId, name, state, dueTime, period, repetitions, null)
    {
    }

    /// <summary>Ended after a time or a number of repetitions.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A time is negative that must not be, or the repetitions are less than one.</exception>
    public ActorReminder(string actorType, ActorId actorId, string name, byte[]? state, TimeSpan dueTime, TimeSpan period, int? repetitions, TimeSpan? ttl)
        : base(actorType, actorId, name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dueTime, TimeSpan.Zero);
        if (ttl is { } time)
            ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero, nameof(ttl));
        if (repetitions is { } count)
            ArgumentOutOfRangeException.ThrowIfLessThan(count, 1, nameof(repetitions));
        (State, DueTime, Period, Repetitions, Ttl) = (state, dueTime, period, repetitions, ttl);
    }

    /// <inheritdoc/>
    public byte[]? State { get; }

    /// <inheritdoc/>
    public TimeSpan DueTime { get; }

    /// <inheritdoc/>
    public TimeSpan Period { get; }

    /// <summary>After how long it ends; null for never.</summary>
    public TimeSpan? Ttl { get; }

    /// <summary>After how many times it ends; null for never.</summary>
    public int? Repetitions { get; }
}
