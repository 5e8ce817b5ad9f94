using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Google.Protobuf;
using Grpc.Core;

namespace Deepiri.Grpc.Framing;

/// <summary>
/// gRPC's length-prefixed messages: a flag, four bytes of length, the message
/// (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). Compression is not offered and so not accepted.
/// </summary>
internal static class MessageFraming
{
    public const string ContentType = "application/grpc";
    private const int HeaderSize = 5;

    /// <summary>Writes a message with its prefix; flushing is the caller's.</summary>
    public static void Write(IBufferWriter<byte> to, IMessage message)
    {
        var size = message.CalculateSize();
        var span = to.GetSpan(HeaderSize + size);
        span[0] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(span[1..], (uint)size);
        message.WriteTo(span.Slice(HeaderSize, size));
        to.Advance(HeaderSize + size);
    }

    /// <summary>Reads the next message; null at the end.</summary>
    /// <exception cref="RpcException">The message is compressed, too large, broken off or not valid.</exception>
    public static async ValueTask<T?> ReadAsync<T>(PipeReader from, MessageParser<T> parser, int maxSize, CancellationToken cancellationToken) where T : class, IMessage<T>
    {
        while (true)
        {
            var result = await from.ReadAsync(cancellationToken).ConfigureAwait(false);
            var buffer = result.Buffer;
            if (TryRead(ref buffer, parser, maxSize, out var message))
            {
                from.AdvanceTo(buffer.Start);
                return message;
            }
            from.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
                return buffer.IsEmpty ? null : throw new RpcException(new Status(StatusCode.Internal, "The stream ended within a message."));
        }
    }

    private static bool TryRead<T>(ref ReadOnlySequence<byte> buffer, MessageParser<T> parser, int maxSize, out T? message) where T : class, IMessage<T>
    {
        message = null;
        if (buffer.Length < HeaderSize)
            return false;
        Span<byte> header = stackalloc byte[HeaderSize];
        buffer.Slice(0, HeaderSize).CopyTo(header);
        if (header[0] != 0)
            throw new RpcException(new Status(StatusCode.Unimplemented, "The message is compressed, which this side has not offered."));
        var size = BinaryPrimitives.ReadUInt32BigEndian(header[1..]);
        if (size > maxSize)
            throw new RpcException(new Status(StatusCode.ResourceExhausted, $"received message larger than max ({size} vs. {maxSize})"));
        if (buffer.Length < HeaderSize + size)
            return false;
        try
        {
            message = parser.ParseFrom(buffer.Slice(HeaderSize, size));
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new RpcException(new Status(StatusCode.Internal, $"failed to unmarshal the received message: {e.Message}", e));
        }
        buffer = buffer.Slice(HeaderSize + size);
        return true;
    }
}
