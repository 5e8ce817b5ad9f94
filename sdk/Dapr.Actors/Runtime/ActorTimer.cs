namespace Dapr.Actors.Runtime;

/// <summary>Which timer.</summary>
public class ActorTimerToken(string actorType, ActorId actorId, string name)
{
    /// <summary>The actor's type.</summary>
    public string ActorType { get; } = actorType;

    /// <summary>The actor's id.</summary>
    public ActorId ActorId { get; } = actorId;

    /// <summary>The timer's name.</summary>
    public string Name { get; } = name;
}

/// <summary>A timer with its times.</summary>
public class ActorTimer : ActorTimerToken
{
    /// <summary>Without end.</summary>
    public ActorTimer(string actorType, ActorId actorId, string name, string timerCallback, byte[]? data, TimeSpan dueTime, TimeSpan period)
        : base(actorType, actorId, name)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dueTime, TimeSpan.Zero);
        (TimerCallback, Data, DueTime, Period) = (timerCallback, data, dueTime, period);
    }

    /// <summary>Ended after a time.</summary>
    public ActorTimer(string actorType, ActorId actorId, string name, string timerCallback, byte[]? data, TimeSpan dueTime, TimeSpan period, TimeSpan ttl)
        : this(actorType, actorId, name, timerCallback, data, dueTime, period)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ttl, TimeSpan.Zero);
        Ttl = ttl;
    }

    /// <summary>The method that is called.</summary>
    public string TimerCallback { get; }

    /// <summary>What is handed to it.</summary>
    public byte[]? Data { get; }

    /// <summary>Until the first time.</summary>
    public TimeSpan DueTime { get; }

    /// <summary>From then on.</summary>
    public TimeSpan Period { get; }

    /// <summary>After how long it ends; null for never.</summary>
    public TimeSpan? Ttl { get; }
}
