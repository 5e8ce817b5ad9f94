using System.Buffers;
using System.Globalization;
using System.Text;

namespace Deepiri.Sidecar.Redis;

/// <summary>An argument of a command: text, number or bytes.</summary>
internal readonly struct RedisArgument
{
    private RedisArgument(ReadOnlyMemory<byte> bytes) => Bytes = bytes;

    public ReadOnlyMemory<byte> Bytes { get; }

    public static implicit operator RedisArgument(string text) => new(Encoding.UTF8.GetBytes(text));

    public static implicit operator RedisArgument(long number) => new(Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture)));

    public static implicit operator RedisArgument(ReadOnlyMemory<byte> bytes) => new(bytes);

    public static implicit operator RedisArgument(byte[] bytes) => new(bytes);
}

/// <summary>A command as it goes over the wire: a list of byte strings.</summary>
internal static class RedisCommand
{
    public static void Write(IBufferWriter<byte> writer, params ReadOnlySpan<RedisArgument> arguments)
    {
        Header(writer, '*', arguments.Length);
        foreach (var argument in arguments)
        {
            Header(writer, '$', argument.Bytes.Length);
            writer.Write(argument.Bytes.Span);
            writer.Write("\r\n"u8);
        }
    }

    private static void Header(IBufferWriter<byte> writer, char kind, int number)
    {
        var span = writer.GetSpan(16);
        span[0] = (byte)kind;
        System.Buffers.Text.Utf8Formatter.TryFormat(number, span[1..], out var digits);
        span[digits + 1] = (byte)'\r';
        span[digits + 2] = (byte)'\n';
        writer.Advance(digits + 3);
    }
}
