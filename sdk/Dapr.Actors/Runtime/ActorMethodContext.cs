namespace Dapr.Actors.Runtime;

/// <summary>What a turn is for.</summary>
public enum ActorCallType
{
    /// <summary>A method of the actor's interface.</summary>
    ActorInterfaceMethod,

    /// <summary>A timer's callback.</summary>
    TimerMethod,

    /// <summary>A reminder.</summary>
    ReminderMethod,
}

/// <summary>The turn that a hook is called for.</summary>
public readonly struct ActorMethodContext
{
    internal ActorMethodContext(string methodName, ActorCallType callType) => (MethodName, CallType) = (methodName, callType);

    /// <summary>The method's, the timer's callback's or the reminder's name.</summary>
    public string MethodName { get; }

    /// <summary>What it is.</summary>
    public ActorCallType CallType { get; }
}
