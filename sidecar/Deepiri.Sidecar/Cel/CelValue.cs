using System.Globalization;
using System.Text.Json;
using Deepiri.Sidecar.Resources;

namespace Deepiri.Sidecar.Cel;

/// <summary>Operations on values: null, bool, long, double, string, timestamp, duration, a list, or a JSON object.</summary>
internal static class CelValue
{
    public static object? From(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.String => element.GetString(),
        JsonValueKind.Number => element.TryGetInt64(out var whole) ? (object)whole : element.GetDouble(),
        JsonValueKind.Array => element.EnumerateArray().Select(From).ToList(),
        _ => element,
    };

    public static object? Member(object? target, string name) => target is JsonElement element
        ? element.TryGetProperty(name, out var value) ? From(value) : throw new CelException($"no such key: {name}")
        : throw new CelException($"{TypeName(target)} has no field '{name}'");

    public static bool HasMember(object? target, string name) => target is JsonElement element && element.TryGetProperty(name, out _);

    public static object? At(object? target, object? index) => (target, index) switch
    {
        (List<object?> list, long i) when i >= 0 && i < list.Count => list[(int)i],
        (List<object?>, long i) => throw new CelException($"index {i} is out of range"),
        (JsonElement, string name) => Member(target, name),
        _ => throw new CelException($"no such overload: {TypeName(target)}[{TypeName(index)}]"),
    };

    public static bool Bool(object? value, string op) =>
        value is bool result ? result : throw new CelException($"no such overload: {TypeName(value)} {op}");

    public static bool AreEqual(object? a, object? b) => (a, b) switch
    {
        (long x, double y) => x == y,
        (double x, long y) => x == y,
        (List<object?> x, List<object?> y) => x.Count == y.Count && x.Zip(y).All(p => AreEqual(p.First, p.Second)),
        (JsonElement x, JsonElement y) => JsonElement.DeepEquals(x, y),
        _ => Equals(a, b),
    };

    public static int Compare(object? a, object? b) => (a, b) switch
    {
        (long x, long y) => x.CompareTo(y),
        (long x, double y) => ((double)x).CompareTo(y),
        (double x, long y) => x.CompareTo((double)y),
        (double x, double y) => x.CompareTo(y),
        (string x, string y) => string.CompareOrdinal(x, y),
        (bool x, bool y) => x.CompareTo(y),
        (DateTimeOffset x, DateTimeOffset y) => x.CompareTo(y),
        (TimeSpan x, TimeSpan y) => x.CompareTo(y),
        _ => throw new CelException($"no such overload: {TypeName(a)} < {TypeName(b)}"),
    };

    public static bool IsIn(object? item, object? container) => (item, container) switch
    {
        (_, List<object?> list) => list.Exists(i => AreEqual(i, item)),
        (string name, JsonElement element) => element.TryGetProperty(name, out _),
        _ => throw new CelException($"no such overload: {TypeName(item)} in {TypeName(container)}"),
    };

    public static object Arithmetic(string op, object? a, object? b)
    {
        try
        {
            return (op, a, b) switch
            {
                ("+", long x, long y) => checked(x + y),
                ("-", long x, long y) => checked(x - y),
                ("*", long x, long y) => checked(x * y),
                ("/", long x, long y) => x / y,
                ("%", long x, long y) => x % y,
                ("+", double x, double y) => x + y,
                ("-", double x, double y) => x - y,
                ("*", double x, double y) => x * y,
                ("/", double x, double y) => x / y,
                ("+", string x, string y) => x + y,
                ("+", DateTimeOffset x, TimeSpan y) => x + y,
                ("+", TimeSpan x, DateTimeOffset y) => y + x,
                ("-", DateTimeOffset x, TimeSpan y) => x - y,
                ("-", DateTimeOffset x, DateTimeOffset y) => x - y,
                ("+", TimeSpan x, TimeSpan y) => x + y,
                ("-", TimeSpan x, TimeSpan y) => x - y,
                ("+", List<object?> x, List<object?> y) => x.Concat(y).ToList(),
                _ => throw new CelException($"no such overload: {TypeName(a)} {op} {TypeName(b)}"),
            };
        }
        catch (Exception e) when (e is OverflowException or DivideByZeroException or ArgumentOutOfRangeException)
        {
            throw new CelException(e.Message);
        }
    }

    /// <summary>What a macro goes over.</summary>
    public static IReadOnlyList<object?> Items(object? value) => value switch
    {
        List<object?> list => list,
        JsonElement element => [.. element.EnumerateObject().Select(p => p.Name)],
        _ => throw new CelException($"expression of type {TypeName(value)} cannot be the range of a comprehension"),
    };

    /// <summary>RFC 3339, or seconds since 1970.</summary>
    public static DateTimeOffset ToTimestamp(object? value) => value switch
    {
        DateTimeOffset time => time,
        string text when DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) => time.ToUniversalTime(),
        long seconds and > -62_135_596_800 and < 253_402_300_800 => DateTimeOffset.FromUnixTimeSeconds(seconds),
        _ => throw new CelException($"timestamp() cannot convert {TypeName(value)}"),
    };

    public static TimeSpan ToDuration(object? value) => value switch
    {
        TimeSpan duration => duration,
        string text when text.Length > 0 && char.IsAsciiLetter(text[^1]) && GoDuration.TryParse(text.TrimStart('-'), out var duration) => text[0] == '-' ? -duration : duration,
        _ => throw new CelException($"duration() cannot convert {TypeName(value)}"),
    };

    public static long Size(object? value) => value switch
    {
        List<object?> list => list.Count,
        JsonElement element => element.EnumerateObject().Count(),
        _ => throw new CelException($"no such overload: size({TypeName(value)})"),
    };

    public static long ToInt(object? value) => value switch
    {
        long whole => whole,
        DateTimeOffset time => time.ToUnixTimeSeconds(),
        double real when double.IsFinite(real) && Math.Abs(real) < long.MaxValue => (long)real,
        string text when long.TryParse(text, CultureInfo.InvariantCulture, out var parsed) => parsed,
        _ => throw new CelException($"int() cannot convert {TypeName(value)}"),
    };

    public static double ToDouble(object? value) => value switch
    {
        long whole => whole,
        double real => real,
        string text when double.TryParse(text, CultureInfo.InvariantCulture, out var parsed) => parsed,
        _ => throw new CelException($"double() cannot convert {TypeName(value)}"),
    };

    public static string ToText(object? value) => value switch
    {
        string text => text,
        bool flag => flag ? "true" : "false",
        long or double => Convert.ToString(value, CultureInfo.InvariantCulture)!,
        _ => throw new CelException($"string() cannot convert {TypeName(value)}"),
    };

    public static string TypeName(object? value) => value switch
    {
        null => "null",
        bool => "bool",
        long => "int",
        double => "double",
        string => "string",
        DateTimeOffset => "timestamp",
        TimeSpan => "duration",
        JsonElement => "map",
        _ => "list",
    };
}
