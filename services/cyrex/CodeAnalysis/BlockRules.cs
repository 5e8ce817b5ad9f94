using System.Text.RegularExpressions;
using Deepiri.CodeExecution;

namespace Deepiri.Cyrex.CodeAnalysis;

/// <summary>Rules that look at blocks, and at names across lines.</summary>
internal static partial class BlockRules
{
    private const int DeepestNesting = 4;
    private const int LongestFunction = 50;

    public static IEnumerable<Finding> Check(string language, IReadOnlyList<CodeLine> lines, IReadOnlyList<Block> blocks)
    {
        foreach (var block in blocks)
        {
            if (block.Kind == BlockKind.Function && block.Last - block.First + 1 > LongestFunction)
                yield return new Finding(block.First, Severity.Info, "long-function", $"'{block.Name}' has {block.Last - block.First + 1} lines. Parts with a name of their own are easier to read.");
            if (block.Nesting >= DeepestNesting)
                yield return new Finding(block.First, Severity.Warning, "deep-nesting", $"{block.Nesting + 1} levels deep. Return early, or give the inner part a name.");
        }
        foreach (var finding in Unreachable(language, lines).Concat(Unused(language, lines)).Concat(TextsInLoops(lines, blocks)))
            yield return finding;
    }

    /// <summary>Code after a return, in the same block.</summary>
    private static IEnumerable<Finding> Unreachable(string language, IReadOnlyList<CodeLine> lines)
    {
        var code = lines.Where(l => !string.IsNullOrWhiteSpace(l.Code)).ToList();
        foreach (var (line, next) in code.Zip(code.Skip(1)))
        {
            var ends = language == ProgrammingLanguage.Python ? Leaves().IsMatch(line.Code) && line.Depth == next.Depth : Leaves().IsMatch(line.Code) && line.Code.TrimEnd().EndsWith(';') && line.Depth == next.Depth;
            if (ends && line.Indent == next.Indent && !Labels().IsMatch(next.Code))
                yield return new Finding(next.Number, Severity.Warning, "unreachable", $"Never runs: line {line.Number} leaves before it.");
        }
    }

    /// <summary>Names that are given a value once and never used.</summary>
    private static IEnumerable<Finding> Unused(string language, IReadOnlyList<CodeLine> lines)
    {
        var uses = lines.SelectMany(l => Names().Matches(l.Code).Select(m => m.Value)).CountBy(n => n).ToDictionary(StringComparer.Ordinal);
        var assignment = language == ProgrammingLanguage.Python ? PythonAssignment() : Declaration();
        foreach (var line in lines)
        {
            if (assignment.Match(line.Code) is { Success: true } match && match.Groups["name"].Value is var name && name[0] != '_' && uses.GetValueOrDefault(name) == 1)
                yield return new Finding(line.Number, Severity.Info, "unused-variable", $"'{name}' is never used.");
        }
    }

    private static IEnumerable<Finding> TextsInLoops(IReadOnlyList<CodeLine> lines, IReadOnlyList<Block> blocks) =>
        lines.Where(l => TextSum().IsMatch(l.Code) && blocks.Any(b => b.Kind == BlockKind.Loop && l.Number > b.First && l.Number <= b.Last))
            .Select(l => new Finding(l.Number, Severity.Info, "text-in-loop", "Adding to a text in a loop copies it each time. Collect the parts and join them."));

    [GeneratedRegex(@"\w+", RegexOptions.NonBacktracking)]
    private static partial Regex Names();

    [GeneratedRegex(@"^\s*(?:return\b|raise\b|throw\b|break\b|continue\b)", RegexOptions.NonBacktracking)]
    private static partial Regex Leaves();

    [GeneratedRegex(@"^\s*(?:case\b|default\b|\}|\)|\]|else\b|elif\b|except\b|finally\b|def\b|class\b|function\b|@)", RegexOptions.NonBacktracking)]
    private static partial Regex Labels();

    [GeneratedRegex(@"^\s*(?<name>[A-Za-z_]\w*)\s*=[^=]", RegexOptions.NonBacktracking)]
    private static partial Regex PythonAssignment();

    [GeneratedRegex(@"(?:^|[\s;({])(?:const|let|var|int|string|double|bool|long|char)\s+(?<name>[A-Za-z_]\w*)\s*=[^=>]", RegexOptions.NonBacktracking)]
    private static partial Regex Declaration();

    [GeneratedRegex(@"\b\w+\s*\+=\s*(?:str\(|[""'`]|f"")", RegexOptions.NonBacktracking)]
    private static partial Regex TextSum();
}
