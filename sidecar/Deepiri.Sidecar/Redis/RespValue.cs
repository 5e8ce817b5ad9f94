using System.Globalization;
using System.Text;

namespace Deepiri.Sidecar.Redis;

/// <summary>A reply of Redis in RESP2 (https://redis.io/docs/latest/develop/reference/protocol-spec/): text, number, list, or nothing.</summary>
internal sealed class RespValue
{
    private readonly object? _value;

    private RespValue(object? value) => _value = value;

    public static RespValue Null { get; } = new(null);

    public static RespValue Of(byte[] bytes) => new(bytes);

    public static RespValue Of(long number) => new(number);

    public static RespValue Of(RespValue[] items) => new(items);

    /// <summary>An error, as the server answered it. It is thrown where the reply is awaited, except within a list.</summary>
    public static RespValue Error(string message) => new(new RedisException(message));

    public bool IsNull => _value is null;

    public RedisException? Failure => _value as RedisException;

    public long Number => _value is long number ? number : long.Parse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);

    public byte[] Bytes => _value as byte[] ?? throw new RedisException($"expected text of Redis, not {this}");

    public string Text => _value is long number ? number.ToString(CultureInfo.InvariantCulture) : Encoding.UTF8.GetString(Bytes);

    public IReadOnlyList<RespValue> Items => _value switch
    {
        RespValue[] items => items,
        null => [],
        _ => throw new RedisException($"expected a list of Redis, not {this}"),
    };

    /// <summary>True for what came through a subscription and answers no command.</summary>
    public bool IsPublished => _value is RespValue[] { Length: >= 3 } items && items[0]._value is byte[] kind && (kind.AsSpan().SequenceEqual("message"u8) || kind.AsSpan().SequenceEqual("pmessage"u8));

    public override string ToString() => _value switch
    {
        null => "nothing",
        byte[] bytes => $"'{Encoding.UTF8.GetString(bytes)}'",
        RespValue[] items => $"a list of {items.Length}",
        RedisException e => e.Message,
        _ => _value.ToString()!,
    };
}

/// <summary>Redis answered with an error; the first word of the message is its code.</summary>
internal class RedisException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Redis cannot be reached, or went away before it answered: whether a command was executed is unknown.</summary>
internal sealed class RedisConnectionException(string message, Exception? inner = null) : RedisException(message, inner);
