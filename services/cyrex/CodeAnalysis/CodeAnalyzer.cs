using Deepiri.CodeExecution;

namespace Deepiri.Cyrex.CodeAnalysis;

/// <summary>Analyses a source by rules, without running it.</summary>
internal static class CodeAnalyzer
{
    private const int MostFindings = 200;

    /// <param name="expected">One of <see cref="ComplexityRules.Classes"/>.</param>
    public static CodeReport Analyze(string language, string code, string? expected)
    {
        var (lines, faults) = CodeScanner.Scan(language, code);
        var blocks = Blocks.Find(language, lines);
        var findings = faults.Concat(LineRules.Check(language, lines)).Concat(BlockRules.Check(language, lines, blocks))
            .Distinct().OrderBy(f => f.Line).ThenByDescending(f => f.Severity).Take(MostFindings).ToList();
        var metrics = new CodeMetrics(lines.Count, lines.Count(l => !l.IsBlank && !l.IsComment), lines.Count(l => l.IsComment), blocks.Count(b => b.Kind == BlockKind.Function), blocks.Select(b => b.Nesting + (b.Kind == BlockKind.Function ? 0 : 1)).DefaultIfEmpty().Max());
        return new CodeReport(findings, ComplexityRules.Estimate(lines, blocks, expected), [.. StyleNotes(language, lines, blocks, metrics)], metrics);
    }

    private static IEnumerable<string> StyleNotes(string language, IReadOnlyList<CodeLine> lines, IReadOnlyList<Block> blocks, CodeMetrics metrics)
    {
        if (metrics.CodeLines > 30 && metrics.CommentLines == 0)
            yield return "There is not a single comment. Say why, where it is not obvious.";
        if (blocks.Where(b => b.Kind == BlockKind.Function && b.Name!.Length <= 2).Select(b => b.Name).FirstOrDefault() is { } shortName)
            yield return $"'{shortName}' does not say what it does.";
        var odd = blocks.Where(b => b.Kind == BlockKind.Function).Select(b => b.Name!).FirstOrDefault(n => language switch
        {
            ProgrammingLanguage.Python => n.Any(char.IsUpper),
            ProgrammingLanguage.JavaScript => n.Contains('_') && n.Any(char.IsLower),
            _ => char.IsLower(n[0]),
        });
        if (odd is not null)
            yield return $"Functions are written {language switch { ProgrammingLanguage.Python => "in snake_case", ProgrammingLanguage.JavaScript => "in camelCase", _ => "in PascalCase" }}; '{odd}' is not.";
        if (lines.Count(l => !l.IsBlank && char.IsWhiteSpace(l.Raw[^1])) is > 0 and var trailing)
            yield return $"{trailing} line{(trailing == 1 ? " ends" : "s end")} with blanks.";
        if (language == ProgrammingLanguage.JavaScript && lines.Count(l => l.Code.TrimEnd().EndsWith(';')) is var with && lines.Count(l => Statement(l.Code)) is var without && with > 2 && without > 2)
            yield return "Some statements end with a semicolon and some do not.";
    }

    private static bool Statement(string code)
    {
        var line = code.Trim();
        return line.Length > 0 && (char.IsLetterOrDigit(line[^1]) || line[^1] is ')' or ']') && !line.StartsWith("if", StringComparison.Ordinal) && !line.StartsWith("for", StringComparison.Ordinal) && !line.StartsWith("while", StringComparison.Ordinal) && !line.StartsWith("else", StringComparison.Ordinal);
    }
}
