using System.IO.Pipelines;
using Deepiri.Grpc.Framing;
using Google.Protobuf;

namespace Deepiri.Grpc.Client;

/// <summary>The responses of a call, as they come.</summary>
public sealed class GrpcClientStream<T> : IAsyncDisposable where T : class, IMessage<T>, new()
{
    private static readonly MessageParser<T> s_parser = new(() => new T());
    private readonly HttpResponseMessage _response;
    private readonly PipeReader _reader;
    private readonly int _maxMessageSize;

    internal GrpcClientStream(HttpResponseMessage response, Stream body, int maxMessageSize)
    {
        _response = response;
        _reader = PipeReader.Create(body);
        _maxMessageSize = maxMessageSize;
    }

    /// <summary>The next message; null when the server has ended the call with success.</summary>
    /// <exception cref="GrpcException">It ended otherwise; <see cref="GrpcStatus.Unavailable"/> when the connection broke.</exception>
    public async ValueTask<T?> ReadAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            if (await MessageFraming.ReadAsync(_reader, s_parser, _maxMessageSize, cancellationToken).ConfigureAwait(false) is { } message)
                return message;
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new GrpcException(GrpcStatus.Unavailable, e.Message, e);
        }
        GrpcChannel.ThrowUnlessOk(_response.TrailingHeaders);
        return null;
    }

    /// <summary>Ends the call; one that the server has not ended is cancelled.</summary>
    public async ValueTask DisposeAsync()
    {
        await _reader.CompleteAsync().ConfigureAwait(false);
        _response.Dispose();
    }
}
