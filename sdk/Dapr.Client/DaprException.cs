namespace Dapr;

/// <summary>A call to the Dapr sidecar failed: it could not be reached, or it answered with an error.</summary>
public class DaprException : Exception
{
    /// <summary>An error with a message.</summary>
    public DaprException(string message) : base(message)
    {
    }

    /// <summary>An error with a message and what caused it.</summary>
    public DaprException(string message, Exception? innerException) : base(message, innerException)
    {
    }
}
