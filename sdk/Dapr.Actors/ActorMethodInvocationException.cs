namespace Dapr.Actors;

/// <summary>An actor's method failed. The inner exception is an <see cref="ActorInvokeException"/> with the actor's own failure, where it told one.</summary>
public class ActorMethodInvocationException : Exception
{
    /// <summary>A failure.</summary>
    /// <param name="message">What the sidecar or the actor said.</param>
    /// <param name="innerException">The cause.</param>
    /// <param name="isTransient">Whether trying again may help.</param>
    public ActorMethodInvocationException(string message, Exception? innerException, bool isTransient)
        : base(message, innerException) => IsTransient = isTransient;

    /// <summary>Whether trying again may help.</summary>
    public bool IsTransient { get; }
}

/// <summary>The exception that an actor's method threw, as it was told over the wire.</summary>
public class ActorInvokeException : Exception
{
    /// <summary>A failure told by the actor.</summary>
    /// <param name="actualExceptionType">The exception's type there.</param>
    /// <param name="message">Its message.</param>
    public ActorInvokeException(string actualExceptionType, string message)
        : base(message) => ActualExceptionType = actualExceptionType;

    /// <summary>The exception's type at the actor.</summary>
    public string ActualExceptionType { get; }
}
