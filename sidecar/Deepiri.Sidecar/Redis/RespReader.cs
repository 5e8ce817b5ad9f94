using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Deepiri.Sidecar.Redis;

/// <summary>Reads RESP2 replies out of a buffer that may hold a part of one, one, or many.</summary>
internal static class RespReader
{
    private const int DeepestList = 32;
    private const int LongestBulk = 512 * 1024 * 1024;

    /// <summary>The first reply of the buffer; the buffer then starts behind it. False when it is not complete yet.</summary>
    /// <exception cref="RedisConnectionException">This is not RESP.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> buffer, out RespValue value)
    {
        var reader = new SequenceReader<byte>(buffer);
        if (!TryRead(ref reader, 0, out value))
            return false;
        buffer = buffer.Slice(reader.Position);
        return true;
    }

    private static bool TryRead(ref SequenceReader<byte> reader, int depth, out RespValue value)
    {
        value = RespValue.Null;
        if (!reader.TryReadTo(out ReadOnlySequence<byte> sequence, "\r\n"u8))
            return false;
        ReadOnlySpan<byte> line = sequence.IsSingleSegment ? sequence.FirstSpan : sequence.ToArray();
        if (line.IsEmpty)
            throw Malformed("an empty line");
        switch (line[0])
        {
            case (byte)'+':
                value = RespValue.Of(line[1..].ToArray());
                return true;
            case (byte)'-':
                value = RespValue.Error(Encoding.UTF8.GetString(line[1..]));
                return true;
            case (byte)':':
                value = RespValue.Of(Number(line[1..]));
                return true;
            case (byte)'$':
                return TryReadBulk(ref reader, Number(line[1..]), out value);
            case (byte)'*':
                return TryReadList(ref reader, Number(line[1..]), depth, out value);
            default:
                throw Malformed($"'{(char)line[0]}'");
        }
    }

    private static bool TryReadBulk(ref SequenceReader<byte> reader, long length, out RespValue value)
    {
        value = RespValue.Null;
        if (length < 0)
            return true;
        if (length > LongestBulk)
            throw Malformed($"a value of {length} bytes");
        if (reader.Remaining < length + 2)
            return false;
        var bytes = new byte[length];
        reader.TryCopyTo(bytes);
        reader.Advance(length + 2);
        value = RespValue.Of(bytes);
        return true;
    }

    private static bool TryReadList(ref SequenceReader<byte> reader, long length, int depth, out RespValue value)
    {
        value = RespValue.Null;
        if (length < 0)
            return true;
        // Each item takes three bytes at least; what is not there yet is not allocated for.
        if (length > reader.Remaining / 3)
            return length > LongestBulk ? throw Malformed($"a list of {length}") : false;
        if (depth == DeepestList)
            throw Malformed("lists within lists within lists");
        var items = new RespValue[length];
        for (var i = 0; i < items.Length; i++)
        {
            if (!TryRead(ref reader, depth + 1, out items[i]))
                return false;
        }
        value = RespValue.Of(items);
        return true;
    }

    private static long Number(ReadOnlySpan<byte> text) =>
        Utf8Parser.TryParse(text, out long number, out var used) && used == text.Length ? number : throw Malformed($"the number '{Encoding.UTF8.GetString(text)}'");

    private static RedisConnectionException Malformed(string what) => new($"the server does not speak RESP: {what}");
}
