using Google.Protobuf;

namespace Deepiri.Grpc.Client;

/// <summary>A call with messages either way.</summary>
public sealed class GrpcDuplexStream<TRequest, TResponse> : IAsyncDisposable
    where TRequest : class, IMessage<TRequest>
    where TResponse : class, IMessage<TResponse>, new()
{
    private readonly GrpcRequestContent _requests;
    private readonly GrpcClientStream<TResponse> _responses;

    internal GrpcDuplexStream(GrpcRequestContent requests, GrpcClientStream<TResponse> responses) => (_requests, _responses) = (requests, responses);

    /// <summary>Sends a message; one caller at a time.</summary>
    /// <exception cref="IOException">The call has ended.</exception>
    public Task WriteAsync(TRequest message, CancellationToken cancellationToken = default) => _requests.WriteAsync(message, cancellationToken);

    /// <summary>Tells the server that nothing more comes.</summary>
    public void CompleteRequests() => _requests.Complete();

    /// <inheritdoc cref="GrpcClientStream{T}.ReadAsync"/>
    public ValueTask<TResponse?> ReadAsync(CancellationToken cancellationToken = default) => _responses.ReadAsync(cancellationToken);

    /// <summary>Ends the call; one that the server has not ended is cancelled.</summary>
    public ValueTask DisposeAsync()
    {
        _requests.Complete();
        return _responses.DisposeAsync();
    }
}
