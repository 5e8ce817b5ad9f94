using Google.Protobuf;

namespace Deepiri.Grpc.Server;

/// <summary>The messages that a caller streams.</summary>
public sealed class GrpcRequestStream<T> where T : class, IMessage<T>, new()
{
    private static readonly MessageParser<T> s_parser = new(() => new T());
    private readonly GrpcCall _call;

    internal GrpcRequestStream(GrpcCall call) => _call = call;

    /// <summary>The next message; null at the end. A read must have ended, or been cancelled, when the method returns: Kestrel uses the stream's reader again.</summary>
    /// <param name="cancellationToken">Ends the wait, not the call; nothing of the message is lost.</param>
    public ValueTask<T?> ReadAsync(CancellationToken cancellationToken) => _call.ReadAsync(s_parser, cancellationToken);
}

/// <summary>The messages that the server streams; several writers may share it.</summary>
public sealed class GrpcResponseStream<T> where T : class, IMessage<T>
{
    private readonly SemaphoreSlim _one = new(1);
    private readonly GrpcCall _call;

    internal GrpcResponseStream(GrpcCall call) => _call = call;

    /// <summary>Sends a message; waits while the caller reads too slowly.</summary>
    public async Task WriteAsync(T message)
    {
        await _one.WaitAsync(_call.CancellationToken).ConfigureAwait(false);
        try
        {
            await _call.WriteAsync(message).ConfigureAwait(false);
        }
        finally
        {
            _one.Release();
        }
    }
}
