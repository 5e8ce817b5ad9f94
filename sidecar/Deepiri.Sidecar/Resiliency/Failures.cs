using Deepiri.Sidecar.Http;

namespace Deepiri.Sidecar.Resiliency;

/// <summary>A failure that knows the HTTP status with which an app answered, by which retry policies choose (<c>matching</c>).</summary>
internal interface IAppFailure
{
    /// <summary>Null when the app did not answer.</summary>
    int? AppStatus { get; }
}

/// <summary>A failure that trying again does not mend, and that says nothing of the target's health.</summary>
internal interface IPermanentFailure;

/// <summary>A policy ended an operation; the texts are Dapr's.</summary>
internal sealed class PolicyException(string message, bool isBreaker, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The breaker let nothing through: nothing was tried.</summary>
    public bool IsBreaker { get; } = isBreaker;

    public static PolicyException TimedOut(Exception? inner = null) => new("context deadline exceeded", false, inner);

    public static PolicyException Open() => new("circuit breaker is open", true);

    public static PolicyException TooMany() => new("too many requests", true);
}

/// <summary>What policies make of exceptions.</summary>
internal static class Failures
{
    /// <summary>True for what is no fault of the target: the caller left, or asked for what it may not have.</summary>
    public static bool IsPermanent(Exception failure) => failure is IPermanentFailure or OperationCanceledException or DaprErrorException { Status: < 500 };
}
