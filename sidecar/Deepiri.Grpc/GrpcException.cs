namespace Deepiri.Grpc;

/// <summary>A call that ended with another status than OK.</summary>
/// <param name="status">The status.</param>
/// <param name="message">Its message, which the other side sees.</param>
/// <param name="inner">What led to it here.</param>
public sealed class GrpcException(GrpcStatus status, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The status.</summary>
    public GrpcStatus Status { get; } = status;
}
