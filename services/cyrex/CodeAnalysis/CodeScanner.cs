using System.Text;
using Deepiri.CodeExecution;

namespace Deepiri.Cyrex.CodeAnalysis;

/// <summary>Reads a source character by character: what is code, what is text or comment, and which brackets belong together.</summary>
internal sealed class CodeScanner
{
    private const int TabWidth = 4;

    private readonly bool _isPython;
    private readonly string _source;
    private readonly StringBuilder _code = new();
    private readonly Stack<(char Bracket, int Line)> _open = new();
    private readonly List<Finding> _faults = [];
    private int _at;
    private int _line = 1;

    private CodeScanner(string language, string source) => (_isPython, _source) = (language == ProgrammingLanguage.Python, source.ReplaceLineEndings("\n"));

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
        else if (!_isPython && c == '`')
            Text(1, End("`", "text", 1));
        else if (!_isPython && c == '@' && Is("@\""))
            Text(2, End("\"", "text", 2));
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
        _faults.Add(new Finding(_line, Severity.Error, "unclosed-text", $"This {what} never ends."));
        return _source.Length;
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
        _faults.Add(new Finding(_line, Severity.Error, "unclosed-text", "This text never ends."));
        return EndOfLine();
    }

    /// <summary>Quotes stay, what is between them is blanked.</summary>
    private void Text(int quotes, int end)
    {
        var closing = Math.Max(_at + quotes, end - (quotes == 2 ? 1 : quotes));
        _code.Append(_source, _at, Math.Min(quotes, end - _at));
        _at = Math.Min(_at + quotes, end);
        Blank(Math.Min(closing, end));
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
