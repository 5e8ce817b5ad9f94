using System.Globalization;
using System.Text;

namespace Deepiri.Sidecar.Cel;

internal enum CelTokenKind
{
    End,
    Identifier,
    Literal,
    Symbol,
}

/// <summary>A token and where it starts (from 1).</summary>
internal readonly record struct CelToken(CelTokenKind Kind, string Text, object? Value, int Position);

/// <summary>Splits a CEL expression into tokens.</summary>
internal sealed class CelLexer(string text)
{
    private static readonly string[] s_symbols = ["==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "+", "-", "*", "/", "%", "(", ")", "[", "]", ".", ",", "?", ":"];
    private int _at;

    public IEnumerable<CelToken> Tokens()
    {
        while (true)
        {
            while (_at < text.Length && char.IsWhiteSpace(text[_at]))
                _at++;
            if (_at == text.Length)
            {
                yield return new CelToken(CelTokenKind.End, "end of expression", null, _at + 1);
                yield break;
            }
            yield return Next();
        }
    }

    private CelToken Next()
    {
        var start = _at;
        var c = text[_at];
        if (c is '"' or '\'')
            return new CelToken(CelTokenKind.Literal, "string", String(c), start + 1);
        if (char.IsAsciiDigit(c))
            return new CelToken(CelTokenKind.Literal, "number", Number(), start + 1);
        if (char.IsAsciiLetter(c) || c == '_')
            return Word(start);
        foreach (var symbol in s_symbols)
        {
            if (string.CompareOrdinal(text, _at, symbol, 0, symbol.Length) != 0)
                continue;
            _at += symbol.Length;
            return new CelToken(CelTokenKind.Symbol, symbol, null, start + 1);
        }
        throw new CelException($"unexpected '{c}' at position {start + 1} of: {text}");
    }

    private CelToken Word(int start)
    {
        while (_at < text.Length && (char.IsAsciiLetterOrDigit(text[_at]) || text[_at] == '_'))
            _at++;
        var word = text[start.._at];
        return word switch
        {
            "true" => new CelToken(CelTokenKind.Literal, word, true, start + 1),
            "false" => new CelToken(CelTokenKind.Literal, word, false, start + 1),
            "null" => new CelToken(CelTokenKind.Literal, word, null, start + 1),
            "in" => new CelToken(CelTokenKind.Symbol, word, null, start + 1),
            _ => new CelToken(CelTokenKind.Identifier, word, null, start + 1),
        };
    }

    private object Number()
    {
        var start = _at;
        while (_at < text.Length && (char.IsAsciiDigit(text[_at]) || IsPartOfDouble()))
            _at++;
        var number = text[start.._at];
        if (long.TryParse(number, CultureInfo.InvariantCulture, out var whole))
            return whole;
        return double.TryParse(number, CultureInfo.InvariantCulture, out var real)
            ? real
            : throw new CelException($"'{number}' at position {start + 1} is not a number");
    }

    private bool IsPartOfDouble() => text[_at] switch
    {
        '.' => _at + 1 < text.Length && char.IsAsciiDigit(text[_at + 1]),
        'e' or 'E' => true,
        '+' or '-' => text[_at - 1] is 'e' or 'E',
        _ => false,
    };

    private string String(char quote)
    {
        var start = _at++;
        var value = new StringBuilder();
        while (_at < text.Length && text[_at] != quote)
        {
            var c = text[_at++];
            value.Append(c == '\\' && _at < text.Length ? Escape(text[_at++]) : c);
        }
        if (_at == text.Length)
            throw new CelException($"the string at position {start + 1} has no end");
        _at++;
        return value.ToString();
    }

    private char Escape(char c) => c switch
    {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        '\\' or '"' or '\'' or '`' or '?' => c,
        _ => throw new CelException($"the escape '\\{c}' at position {_at - 1} is not supported; supported are \\n \\r \\t \\\\ \\\" \\'"),
    };
}
