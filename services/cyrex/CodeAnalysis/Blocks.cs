using System.Text.RegularExpressions;
using Deepiri.CodeExecution;

namespace Deepiri.Cyrex.CodeAnalysis;

internal enum BlockKind
{
    Function,
    Loop,

    /// <summary>A loop whose variable is halved or doubled each time.</summary>
    HalvingLoop,
    Other,
}

/// <summary>A function, a loop or another block.</summary>
/// <param name="Last">Its last line.</param>
/// <param name="Name">Of a function.</param>
/// <param name="Nesting">How many blocks it stands in, functions left out.</param>
internal sealed record Block(BlockKind Kind, int First, int Last, string? Name, int Nesting, int LoopsAround);

/// <summary>Finds blocks: by indentation in Python, by braces elsewhere.</summary>
internal static partial class Blocks
{
    public static IReadOnlyList<Block> Find(string language, IReadOnlyList<CodeLine> lines)
    {
        var isPython = language == ProgrammingLanguage.Python;
        var found = new List<(BlockKind Kind, int First, int Last, string? Name)>();
        var halves = lines.Where(l => Halving().IsMatch(l.Code)).Select(l => l.Number).ToList();
        foreach (var line in lines.Where(l => !string.IsNullOrWhiteSpace(l.Code)))
        {
            if (KindOf(language, line.Code) is not { } opened)
                continue;
            var last = isPython ? LastByIndent(lines, line) : LastByBraces(lines, line);
            var kind = opened.Kind == BlockKind.Loop && halves.Any(h => h >= line.Number && h <= last) && !CountsUp().IsMatch(line.Code) ? BlockKind.HalvingLoop : opened.Kind;
            found.Add((kind, line.Number, last, opened.Name));
        }
        return [.. found.Select(b => new Block(b.Kind, b.First, b.Last, b.Name, Around(found, b, o => o.Kind != BlockKind.Function), Around(found, b, o => o.Kind == BlockKind.Loop)))];
    }

    private static int Around(List<(BlockKind Kind, int First, int Last, string? Name)> all, (BlockKind Kind, int First, int Last, string? Name) block, Func<(BlockKind Kind, int First, int Last, string? Name), bool> counts) =>
        all.Count(o => o != block && counts(o) && o.First <= block.First && o.Last >= block.Last && (o.First, o.Last) != (block.First, block.Last));

    private static (BlockKind Kind, string? Name)? KindOf(string language, string code)
    {
        var function = (language switch { ProgrammingLanguage.Python => PythonFunction(), ProgrammingLanguage.JavaScript => JavaScriptFunction(), _ => CSharpFunction() }).Match(code);
        if (function.Success && function.Groups["name"].Value is not ("if" or "for" or "while" or "switch" or "catch" or "foreach" or "using" or "lock" or "return" or "new" or "else"))
            return (BlockKind.Function, function.Groups["name"].Value);
        if (Loop().IsMatch(code) || (language == ProgrammingLanguage.JavaScript && Callback().IsMatch(code)))
            return (BlockKind.Loop, null);
        return Other().IsMatch(code) ? (BlockKind.Other, null) : null;
    }

    private static int LastByIndent(IReadOnlyList<CodeLine> lines, CodeLine first)
    {
        var last = first.Number;
        foreach (var line in lines.Skip(first.Number).Where(l => !string.IsNullOrWhiteSpace(l.Code)))
        {
            if (line.Indent <= first.Indent && line.Depth <= first.Depth)
                break;
            last = line.Number;
        }
        return last;
    }

    /// <summary>To the brace that closes it; without braces, the statement that follows.</summary>
    private static int LastByBraces(IReadOnlyList<CodeLine> lines, CodeLine first)
    {
        var (open, seen) = (0, false);
        for (var i = first.Number - 1; i < lines.Count; i++)
        {
            foreach (var c in lines[i].Code)
            {
                open += c == '{' ? 1 : c == '}' ? -1 : 0;
                seen |= c == '{';
                if (seen && open <= 0)
                    return lines[i].Number;
            }
            if (!seen && lines[i].Code.TrimEnd().EndsWith(';') && (i > first.Number - 1 || !lines[i].Code.Contains("for", StringComparison.Ordinal) || lines[i].Code.Count(c => c == ';') > 2))
                return lines[i].Number;
        }
        return lines.Count;
    }

    [GeneratedRegex(@"^\s*(?:async\s+)?def\s+(?<name>\w+)\s*\(", RegexOptions.NonBacktracking)]
    private static partial Regex PythonFunction();

    [GeneratedRegex(@"\bfunction\s*\*?\s*(?<name>\w+)\s*\(|\b(?:const|let|var)\s+(?<name>\w+)\s*=\s*(?:async\s*)?(?:function\b|\([^()]*\)\s*=>|\w+\s*=>)", RegexOptions.NonBacktracking)]
    private static partial Regex JavaScriptFunction();

    [GeneratedRegex(@"\b[\w<>\[\],?.]+\s+(?<name>\w+)\s*\([^;{}]*\)\s*(?:=>|\{|$)", RegexOptions.NonBacktracking)]
    private static partial Regex CSharpFunction();

    [GeneratedRegex(@"(?:^|[\s;{}(])(?:for|while|foreach|do)\b", RegexOptions.NonBacktracking)]
    private static partial Regex Loop();

    [GeneratedRegex(@"\.(?:forEach|map|filter|reduce|some|every|flatMap)\s*\(", RegexOptions.NonBacktracking)]
    private static partial Regex Callback();

    [GeneratedRegex(@"(?:^|[\s;{}])(?:if|elif|else|try|except|finally|catch|switch|with|using|lock)\b", RegexOptions.NonBacktracking)]
    private static partial Regex Other();

    [GeneratedRegex(@"//=\s*\w|>>=|/=\s*\w|\*=\s*2\b|<<=|=\s*(?:\w+\s*//\s*2|\w+\s*>>\s*1|Math\.floor\(\s*\w+\s*/\s*\w+\s*\)|\(\s*\w+\s*\+\s*\w+\s*\)\s*(?://|/|>>)\s*[12])", RegexOptions.NonBacktracking)]
    private static partial Regex Halving();

    /// <summary>A loop that counts is not halved by what stands in it.</summary>
    [GeneratedRegex(@"\+\+|--|\bin\s+range\b|\bforeach\b|\bof\b|\bin\b", RegexOptions.NonBacktracking)]
    private static partial Regex CountsUp();
}
