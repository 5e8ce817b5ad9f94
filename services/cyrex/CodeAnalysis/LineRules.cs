using System.Text.RegularExpressions;
using Deepiri.CodeExecution;

namespace Deepiri.Cyrex.CodeAnalysis;

/// <summary>Rules that look at one line of code.</summary>
internal static class LineRules
{
    private const int LongestLine = 120;

    /// <summary>Longer lines are no code that a person wrote.</summary>
    private const int LongestChecked = 1000;

    private static readonly Rule[] s_rules =
    [
        Of(ProgrammingLanguage.Python, Severity.Warning, "bare-except", @"^\s*except\s*:", "Catches everything, even Ctrl-C and misspelled names. Name the exceptions that you expect."),
        Of(ProgrammingLanguage.Python, Severity.Warning, "none-comparison", @"[!=]=\s*None\b", "Compare with None by 'is' or 'is not'."),
        Of(ProgrammingLanguage.Python, Severity.Info, "bool-comparison", @"==\s*(?:True|False)\b", "A truth value needs no comparison."),
        Of(ProgrammingLanguage.Python, Severity.Warning, "mutable-default", @"def\s+\w+\([^)]*=\s*(?:\[\s*\]|\{\s*\}|list\(\)|dict\(\)|set\(\))", "The default is made once and shared by all calls. Use None and make it inside."),
        Of(ProgrammingLanguage.Python, Severity.Info, "range-len", @"\bfor\s+\w+\s+in\s+range\(\s*len\(", "Iterate over the values, or use enumerate()."),
        Of(ProgrammingLanguage.Python, Severity.Warning, "shadowed-builtin", @"^\s*(?:list|dict|set|str|int|sum|max|min|len|input|id|type|map|filter)\s*=[^=]", "This hides a built-in of Python. Choose another name."),
        Of(ProgrammingLanguage.Python, Severity.Warning, "wildcard-import", @"^\s*from\s+\S+\s+import\s+\*", "Import the names that you use."),
        Of(ProgrammingLanguage.JavaScript, Severity.Warning, "loose-equality", @"(?<![=!<>])[=!]=(?!=)", "'==' converts types. Use '===' or '!=='."),
        Of(ProgrammingLanguage.JavaScript, Severity.Info, "var", @"(?:^|[\s;(])var\s+\w", "'var' ignores blocks. Use const or let."),
        Of(ProgrammingLanguage.JavaScript, Severity.Warning, "for-in", @"\bfor\s*\(\s*(?:const|let|var)?\s*\w+\s+in\b", "'for ... in' walks over property names, not over values. Use 'for ... of'."),
        Of(ProgrammingLanguage.JavaScript, Severity.Warning, "numeric-sort", @"\.sort\(\s*\)", "Without a comparator numbers are sorted as texts: 10 before 9."),
        Of(ProgrammingLanguage.JavaScript, Severity.Warning, "parse-int-radix", @"\bparseInt\(\s*[^,()]+\)", "Tell parseInt the base, 10."),
        Of(ProgrammingLanguage.CSharp, Severity.Warning, "async-void", @"\basync\s+void\b", "Nobody can await it, and its exceptions end the program. Return a Task."),
        Of(ProgrammingLanguage.CSharp, Severity.Warning, "sync-over-async", @"\.(?:Result\b|Wait\(\)|GetAwaiter\(\)\.GetResult\(\))", "Blocks a thread, and may wait for ever. Await it."),
        Of(ProgrammingLanguage.CSharp, Severity.Warning, "catch-all", @"\bcatch\s*(?:\(\s*(?:System\.)?Exception(?:\s+\w+)?\s*\))?\s*\{\s*\}", "Swallows every failure. Catch what you expect, or do something with it."),
        Of(ProgrammingLanguage.CSharp, Severity.Info, "count-for-any", @"\.Count\(\)\s*(?:>|!=)\s*0|\.Count\(\)\s*==\s*0", "Any() need not count them all."),
        Of(null, Severity.Error, "dynamic-code", @"\b(?:eval|exec)\s*\(", "Runs a text as code: whoever makes the text can do anything."),
        Of(null, Severity.Warning, "endless-loop", @"\bwhile\s*\(?\s*(?:True|true|1)\b\s*\)?", "See that every way through this loop comes to its end."),
        Of(null, Severity.Warning, "float-equality", @"[=!]==?\s*\d+\.\d+|\d+\.\d+\s*[=!]=", "Decimal fractions are rarely exact. Compare with a tolerance."),
        Of(null, Severity.Info, "leftover-output", @"^\s*(?:print\(|console\.log\(|Console\.Write)", "Left over from debugging? What is printed is not judged."),
    ];

    public static IEnumerable<Finding> Check(string language, IReadOnlyList<CodeLine> lines)
    {
        foreach (var line in lines)
        {
            foreach (var rule in s_rules.Where(r => (r.Language is null || r.Language == language) && line.Code.Length <= LongestChecked && r.Pattern.IsMatch(line.Code)))
                yield return new Finding(line.Number, rule.Severity, rule.Id, rule.Message);
            if (line.Raw.Length > LongestLine)
                yield return new Finding(line.Number, Severity.Info, "long-line", $"{line.Raw.Length} characters; more than {LongestLine} are hard to read.");
            if (line.Raw.Length - line.Raw.TrimStart(' ', '\t').Length is var white and > 0 && line.Raw[..white].Contains(' ') && line.Raw[..white].Contains('\t'))
                yield return new Finding(line.Number, language == ProgrammingLanguage.Python ? Severity.Error : Severity.Info, "mixed-indentation", "Tabs and spaces are mixed.");
        }
    }

    private static Rule Of(string? language, Severity severity, string id, string pattern, string message) => new(language, severity, id, new Regex(pattern, RegexOptions.CultureInvariant, TimeSpan.FromSeconds(5)), message);

    private sealed record Rule(string? Language, Severity Severity, string Id, Regex Pattern, string Message);
}
