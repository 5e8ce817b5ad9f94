using Google.Protobuf;

namespace Dapr.Grpc.Server;

/// <summary>The messages that a caller streams.</summary>
public sealed class GrpcRequestStream<T> where T : class, IMessage<T>, new()
{
    private static readonly MessageParser<T> s_parser = new(() => new T());
    private readonly GrpcCall _call;

    internal GrpcRequestStream(GrpcCall call) => _call = call;

    /// <summary>The next message; null at the end.</summary>
    public ValueTask<T?> ReadAsync() => _call.ReadAsync(s_parser);
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
