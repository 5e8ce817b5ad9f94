using System.Text.Json;

namespace Deepiri.Sidecar.Cel;

/// <summary>
/// A compiled expression of the Common Expression Language (https://github.com/google/cel-spec), as far as it makes sense on
/// an event: literals, lists, fields, indexes, arithmetic, comparison, <c>in</c>, logic, <c>?:</c>, <c>has</c>, the macros <c>all</c>,
/// <c>exists</c>, <c>exists_one</c>, <c>filter</c> and <c>map</c>, conversions, texts, timestamps and durations (in UTC).
/// Anything else is an error when it is compiled.
/// </summary>
internal sealed class CelExpression
{
    private readonly CelNode _root;

    private CelExpression(string text, CelNode root)
    {
        Text = text;
        _root = root;
    }

    /// <summary>The source.</summary>
    public string Text { get; }

    /// <summary>Compiles an expression over the given variables.</summary>
    /// <exception cref="CelException">The expression is not valid, with the position of the fault.</exception>
    public static CelExpression Compile(string text, params ReadOnlySpan<string> variables) =>
        new(text, new CelParser(text, [.. variables]).Parse());

    /// <summary>Evaluates to true or false.</summary>
    /// <exception cref="CelException">A field is missing, types do not fit, or the result is not a bool.</exception>
    public bool EvaluatesToTrue(string variable, JsonElement value) =>
        EvaluatesToTrue(name => name == variable ? CelValue.From(value) : throw new CelException($"no such variable: {name}"));

    /// <summary>Evaluates to true or false; numbers are <see cref="long"/> or <see cref="double"/>.</summary>
    /// <exception cref="CelException">A field is missing, types do not fit, or the result is not a bool.</exception>
    public bool EvaluatesToTrue(Func<string, object?> variable) =>
        _root.Evaluate(variable) is bool result ? result : throw new CelException($"'{Text}' does not evaluate to true or false");
}

/// <summary>An expression cannot be compiled or evaluated.</summary>
internal sealed class CelException(string message) : Exception(message);
