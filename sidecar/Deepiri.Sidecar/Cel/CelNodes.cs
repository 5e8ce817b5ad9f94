using System.Text.RegularExpressions;

namespace Deepiri.Sidecar.Cel;

/// <summary>A node of a compiled expression.</summary>
internal abstract class CelNode
{
    public abstract object? Evaluate(Func<string, object?> variable);
}

internal sealed class CelLiteral(object? value) : CelNode
{
    public override object? Evaluate(Func<string, object?> variable) => value;
}

internal sealed class CelList(IReadOnlyList<CelNode> items) : CelNode
{
    public override object? Evaluate(Func<string, object?> variable) => items.Select(i => i.Evaluate(variable)).ToList();
}

internal sealed class CelVariable(string name) : CelNode
{
    public override object? Evaluate(Func<string, object?> variable) => variable(name);
}

internal sealed class CelField(CelNode target, string name) : CelNode
{
    public override object? Evaluate(Func<string, object?> variable) => CelValue.Member(target.Evaluate(variable), name);

    public bool Exists(Func<string, object?> variable) => CelValue.HasMember(target.Evaluate(variable), name);
}

internal sealed class CelHas(CelField field) : CelNode
{
    public override object? Evaluate(Func<string, object?> variable) => field.Exists(variable);
}

internal sealed class CelIndex(CelNode target, CelNode index) : CelNode
{
    public override object? Evaluate(Func<string, object?> variable) => CelValue.At(target.Evaluate(variable), index.Evaluate(variable));
}

internal sealed class CelConditional(CelNode condition, CelNode whenTrue, CelNode whenFalse) : CelNode
{
    public override object? Evaluate(Func<string, object?> variable) =>
        (CelValue.Bool(condition.Evaluate(variable), "?:") ? whenTrue : whenFalse).Evaluate(variable);
}

internal sealed class CelUnary(char op, CelNode operand) : CelNode
{
    public override object? Evaluate(Func<string, object?> variable) => (op, operand.Evaluate(variable)) switch
    {
        ('!', bool value) => !value,
        ('-', long value) => -value,
        ('-', double value) => -value,
        var (_, value) => throw new CelException($"no such overload: {op}{CelValue.TypeName(value)}"),
    };
}

internal sealed class CelBinary(string op, CelNode left, CelNode right) : CelNode
{
    public override object? Evaluate(Func<string, object?> variable) => op switch
    {
        "&&" => Logic(variable, decisive: false),
        "||" => Logic(variable, decisive: true),
        "==" => CelValue.AreEqual(left.Evaluate(variable), right.Evaluate(variable)),
        "!=" => !CelValue.AreEqual(left.Evaluate(variable), right.Evaluate(variable)),
        "in" => CelValue.IsIn(left.Evaluate(variable), right.Evaluate(variable)),
        "<" => CelValue.Compare(left.Evaluate(variable), right.Evaluate(variable)) < 0,
        "<=" => CelValue.Compare(left.Evaluate(variable), right.Evaluate(variable)) <= 0,
        ">" => CelValue.Compare(left.Evaluate(variable), right.Evaluate(variable)) > 0,
        ">=" => CelValue.Compare(left.Evaluate(variable), right.Evaluate(variable)) >= 0,
        _ => CelValue.Arithmetic(op, left.Evaluate(variable), right.Evaluate(variable)),
    };

    /// <summary>CEL's logic is commutative: a decisive side wins even when the other one fails.</summary>
    private bool Logic(Func<string, object?> variable, bool decisive)
    {
        CelException? failure = null;
        try
        {
            if (CelValue.Bool(left.Evaluate(variable), op) == decisive)
                return decisive;
        }
        catch (CelException e)
        {
            failure = e;
        }
        return CelValue.Bool(right.Evaluate(variable), op) == decisive ? decisive : failure is null ? !decisive : throw failure;
    }
}

/// <summary>A body that is evaluated for each item of a list, or each key of a map.</summary>
internal sealed class CelMacro(string name, CelNode target, string item, CelNode body) : CelNode
{
    public override object? Evaluate(Func<string, object?> variable)
    {
        var items = CelValue.Items(target.Evaluate(variable));
        object? For(object? value) => body.Evaluate(asked => asked == item ? value : variable(asked));
        bool Holds(object? value) => CelValue.Bool(For(value), name);
        return name switch
        {
            "map" => items.Select(For).ToList(),
            "filter" => items.Where(Holds).ToList(),
            "exists_one" => items.Count(Holds) == 1,
            "exists" => AnyIs(items, Holds, decisive: true),
            _ => !AnyIs(items, Holds, decisive: false),
        };
    }

    /// <summary>As with <c>||</c> and <c>&amp;&amp;</c>, an item that decides wins over one that fails.</summary>
    private static bool AnyIs(IReadOnlyList<object?> items, Func<object?, bool> holds, bool decisive)
    {
        CelException? failure = null;
        foreach (var item in items)
        {
            try
            {
                if (holds(item) == decisive)
                    return true;
            }
            catch (CelException e)
            {
                failure = e;
            }
        }
        return failure is null ? false : throw failure;
    }
}

internal sealed class CelCall(string function, IReadOnlyList<CelNode> arguments) : CelNode
{
    private static readonly TimeSpan s_longestMatch = TimeSpan.FromMilliseconds(100);

    public override object? Evaluate(Func<string, object?> variable)
    {
        var values = arguments.Select(a => a.Evaluate(variable)).ToArray();
        return (function, values) switch
        {
            ("size", [string text]) => (long)text.EnumerateRunes().Count(),
            ("size", [var value]) => CelValue.Size(value),
            ("bool", [bool value]) => value,
            ("bool", ["true"]) => true,
            ("bool", ["false"]) => false,
            ("timestamp", [var value]) => CelValue.ToTimestamp(value),
            ("duration", [var value]) => CelValue.ToDuration(value),
            ("getFullYear", [DateTimeOffset time]) => (long)time.Year,
            // CEL counts months and days of the month from 0, and the week from Sunday.
            ("getMonth", [DateTimeOffset time]) => time.Month - 1L,
            ("getDayOfMonth", [DateTimeOffset time]) => time.Day - 1L,
            ("getDayOfWeek", [DateTimeOffset time]) => (long)time.DayOfWeek,
            ("getHours", [DateTimeOffset time]) => (long)time.Hour,
            ("getMinutes", [DateTimeOffset time]) => (long)time.Minute,
            ("getSeconds", [DateTimeOffset time]) => (long)time.Second,
            ("int", [var value]) => CelValue.ToInt(value),
            ("double", [var value]) => CelValue.ToDouble(value),
            ("string", [var value]) => CelValue.ToText(value),
            ("startsWith", [string text, string prefix]) => text.StartsWith(prefix, StringComparison.Ordinal),
            ("endsWith", [string text, string suffix]) => text.EndsWith(suffix, StringComparison.Ordinal),
            ("contains", [string text, string part]) => text.Contains(part, StringComparison.Ordinal),
            ("matches", [string text, string pattern]) => Matches(text, pattern),
            _ => throw new CelException($"no such overload: {function}({string.Join(", ", values.Select(CelValue.TypeName))})"),
        };
    }

    private static bool Matches(string text, string pattern)
    {
        try
        {
            return Regex.IsMatch(text, pattern, RegexOptions.CultureInvariant, s_longestMatch);
        }
        catch (Exception e) when (e is ArgumentException or RegexMatchTimeoutException)
        {
            throw new CelException($"matches('{pattern}') failed: {e.Message}");
        }
    }
}
