using System.Text;
using Deepiri.CodeExecution;

namespace Deepiri.Cyrex.CodeAnalysis;

/// <summary>Reads a source character by character: what is code, what is text or comment, and which brackets belong together.</summary>
internal sealed class CodeScanner
{
    private const int TabWidth = 4;
    private const int LongestKeyword = 6;

    private readonly bool _isPython;
    private readonly bool _isCSharp;
    private readonly string _source;
    private readonly StringBuilder _code = new();
    private readonly Stack<(char Bracket, int Line)> _open = new();
    private readonly List<Finding> _faults = [];
    private int _at;
    private int _line = 1;

    /// <summary>On the way there no regular expression ends, so none begins.</summary>
    private int _noPatternUntil;

    private CodeScanner(string language, string source) => (_isPython, _isCSharp, _source) = (language == ProgrammingLanguage.Python, language == ProgrammingLanguage.CSharp, WithPlainLineEnds(source));

    /// <summary>Lines end as editors and compilers count them: with CR, LF or both.</summary>
    public static string WithPlainLineEnds(string source) => source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');

    public static (IReadOnlyList<CodeLine> Lines, IReadOnlyList<Finding> Faults) Scan(string language, string source) => new CodeScanner(language, source).Run();

    private (IReadOnlyList<CodeLine>, IReadOnlyList<Finding>) Run()
    {
        while (_at < _source.Length)
            Next();
        foreach (var (bracket, line) in _open)
            _faults.Add(new Finding(line, Severity.Error, "unclosed-bracket", $"This '{bracket}' is never closed."));
        return (Lines(), _faults);
    }

    private void Next()
    {
        var c = _source[_at];
        if (_isPython ? c == '#' : Is("//"))
            Blank(EndOfLine());
        else if (!_isPython && Is("/*"))
            Blank(End("*/", "comment"));
        else if (_isPython && (Is("\"\"\"") || Is("'''")))
            Text(3, End(_source.Substring(_at, 3), "text", 3));
        else if (_isCSharp && Is("\"\"\"") && QuotesHere() is var quotes)
            Text(quotes, End(new string('"', quotes), "text", quotes));
        else if (_isCSharp && (Is("@\"") || Is("@$\"")) && (Is("@\"") ? 2 : 3) is var opening)
            Text(opening, Verbatim(opening), closing: 1);
        else if (!_isPython && !_isCSharp && c == '`')
            Text(1, Template());
        else if (!_isPython && !_isCSharp && c == '/' && _at >= _noPatternUntil && CanBeginPattern() && Pattern() is { } end)
            Text(1, end);
        else if (c is '"' or '\'')
            Text(1, Quoted(c));
        else
            Code(c);
    }

    private void Code(char c)
    {
        if (c is '(' or '[' or '{')
            _open.Push((c, _line));
        else if (c is ')' or ']' or '}')
            Close(c);
        _line += c == '\n' ? 1 : 0;
        _code.Append(c);
        _at++;
    }

    private void Close(char c)
    {
        var wanted = c switch { ')' => '(', ']' => '[', _ => '{' };
        if (_open.TryPeek(out var open) && open.Bracket == wanted)
            _open.Pop();
        else
            _faults.Add(new Finding(_line, Severity.Error, "unmatched-bracket", open.Bracket == default ? $"This '{c}' closes nothing." : $"This '{c}' does not close the '{open.Bracket}' of line {open.Line}."));
    }

    private bool Is(string text) => string.CompareOrdinal(_source, _at, text, 0, text.Length) == 0;

    private int EndOfLine() => _source.IndexOf('\n', _at) is var end and >= 0 ? end : _source.Length;

    private int End(string mark, string what, int from = 2)
    {
        var end = _at + from <= _source.Length ? _source.IndexOf(mark, _at + from, StringComparison.Ordinal) : -1;
        if (end >= 0)
            return end + mark.Length;
        return Unclosed(what, _source.Length);
    }

    /// <summary>The end of a text on one line.</summary>
    private int Quoted(char quote)
    {
        for (var i = _at + 1; i < _source.Length && _source[i] != '\n'; i++)
        {
            if (_source[i] == '\\')
                i++;
            else if (_source[i] == quote)
                return i + 1;
        }
        return Unclosed("text", EndOfLine());
    }

    /// <summary>The end of a C# text in which a quote is written as two.</summary>
    private int Verbatim(int opening)
    {
        for (var i = _at + opening; i < _source.Length; i++)
        {
            if (_source[i] != '"')
                continue;
            if (i + 1 == _source.Length || _source[i + 1] != '"')
                return i + 1;
            i++;
        }
        return Unclosed("text", _source.Length);
    }

    private int QuotesHere()
    {
        var quotes = 0;
        while (_at + quotes < _source.Length && _source[_at + quotes] == '"')
            quotes++;
        return quotes;
    }

    /// <summary>The end of a JavaScript template: its expressions may contain templates themselves.</summary>
    private int Template()
    {
        const int Text = -1;
        // What is open, from the outside in: a text, or an expression with so many braces of its own.
        var open = new Stack<int>([Text]);
        for (var i = _at + 1; i < _source.Length; i++)
        {
            var (c, inside) = (_source[i], open.Peek());
            if (inside == Text && c == '\\')
                i++;
            else if (inside == Text && c == '`')
                open.Pop();
            else if (inside == Text && c == '$' && i + 1 < _source.Length && _source[i + 1] == '{')
            {
                open.Push(0);
                i++;
            }
            else if (inside != Text && c == '`')
                open.Push(Text);
            else if (inside != Text && c is ('{' or '}'))
            {
                // A brace that closes none of the expression's own ends it.
                open.Pop();
                if (c == '{' || inside > 0)
                    open.Push(inside + (c == '{' ? 1 : -1));
            }
            if (open.Count == 0)
                return i + 1;
        }
        return Unclosed("text", _source.Length);
    }

    /// <summary>Whether a slash begins a regular expression: nothing stands before it that could be divided.</summary>
    private bool CanBeginPattern()
    {
        var before = _code.Length - 1;
        while (before >= 0 && char.IsWhiteSpace(_code[before]))
            before--;
        if (before < 0 || !(char.IsLetterOrDigit(_code[before]) || _code[before] is '_' or '$' or ')' or ']' or '}' or '"' or '\'' or '`' or '/'))
            return true;
        var begin = before;
        while (begin > 0 && before - begin < LongestKeyword && char.IsLetter(_code[begin - 1]))
            begin--;
        return _code.ToString(begin, before - begin + 1) is "return" or "typeof" or "case" or "in" or "of" or "yield" or "await";
    }

    /// <summary>The end of a regular expression; null when there is none on this line, so that it is a division.</summary>
    private int? Pattern()
    {
        var inClass = false;
        for (var i = _at + 1; i < _source.Length && _source[i] != '\n'; i++)
        {
            if (_source[i] == '\\')
                i++;
            else if (_source[i] == '/' && !inClass)
                return i + 1;
            else
                inClass = _source[i] == '[' || (inClass && _source[i] != ']');
        }
        _noPatternUntil = EndOfLine();
        return null;
    }

    private int Unclosed(string what, int end)
    {
        _faults.Add(new Finding(_line, Severity.Error, "unclosed-text", $"This {what} never ends."));
        return end;
    }

    /// <summary>Quotes stay, what is between them is blanked.</summary>
    /// <param name="closing">How many quotes end it; as many as begin it when nothing is said.</param>
    private void Text(int quotes, int end, int? closing = null)
    {
        var inside = Math.Max(_at + quotes, end - (closing ?? quotes));
        _code.Append(_source, _at, Math.Min(quotes, end - _at));
        _at = Math.Min(_at + quotes, end);
        Blank(Math.Min(inside, end));
        _code.Append(_source, _at, end - _at);
        _line += _source.AsSpan(_at, end - _at).Count('\n');
        _at = end;
    }

    private void Blank(int end)
    {
        for (; _at < end; _at++)
        {
            _line += _source[_at] == '\n' ? 1 : 0;
            _code.Append(_source[_at] == '\n' ? '\n' : ' ');
        }
    }

    private List<CodeLine> Lines()
    {
        var lines = new List<CodeLine>();
        var depth = 0;
        foreach (var (raw, code) in _source.Split('\n').Zip(_code.ToString().Split('\n')))
        {
            var indent = raw.TakeWhile(c => c is ' ' or '\t').Sum(c => c == '\t' ? TabWidth : 1);
            lines.Add(new CodeLine(lines.Count + 1, raw, code, indent, depth));
            depth = Math.Max(0, depth + code.Count(c => c is '(' or '[' or '{') - code.Count(c => c is ')' or ']' or '}'));
        }
        return lines;
    }
}
