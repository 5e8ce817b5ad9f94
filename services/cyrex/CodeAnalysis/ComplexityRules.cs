using System.Text.RegularExpressions;

namespace Deepiri.Cyrex.CodeAnalysis;

/// <summary>Estimates how running time grows, from nested loops, searches and sorts in them, and functions that call themselves.</summary>
internal static partial class ComplexityRules
{
    /// <summary>From the best to the worst.</summary>
    public static IReadOnlyList<string> Classes { get; } = ["O(1)", "O(log n)", "O(n)", "O(n log n)", "O(n^2)", "O(n^2 log n)", "O(n^3)", "O(n^4)", "O(2^n)", "O(n!)"];

    public static ComplexityEstimate Estimate(IReadOnlyList<CodeLine> lines, IReadOnlyList<Block> blocks, string? expected)
    {
        var (estimate, reason) = Recursive(lines, blocks) ?? Loops(lines, blocks);
        if (expected is null)
            return new(estimate, reason, null, null);
        return new(estimate, reason, expected, IndexOf(estimate) <= IndexOf(expected));
    }

    /// <summary>A class as people write it, in the spelling that is used here; null when it is none of them.</summary>
    public static string? Normalize(string text)
    {
        var plain = text.Replace(" ", "").Replace("²", "^2").Replace("³", "^3").Replace("**", "^").Replace("*", "").ToLowerInvariant();
        return Classes.FirstOrDefault(c => c.Replace(" ", "").ToLowerInvariant() == plain);
    }

    private static int IndexOf(string name) => Classes.ToList().IndexOf(name);

    private static (string, string)? Recursive(IReadOnlyList<CodeLine> lines, IReadOnlyList<Block> blocks)
    {
        var calls = lines.SelectMany(l => Calls(l.Code).Select(name => (Name: name, l.Number))).ToLookup(c => c.Name, c => c.Number, StringComparer.Ordinal);
        var memos = lines.Where(l => Memo().IsMatch(l.Code)).Select(l => l.Number).ToList();
        var loops = blocks.Where(b => b.Kind == BlockKind.Loop).ToList();
        foreach (var function in blocks.Where(b => b.Kind == BlockKind.Function))
        {
            // Its first line has its own name, followed by a bracket, too.
            var own = calls[function.Name!].Where(line => line >= function.First && line <= function.Last).Skip(CalledByDefinition(lines[function.First - 1].Code, function.Name!)).ToList();
            if (own.Count == 0)
                continue;
            const int Decorators = 2;
            if (memos.Any(line => line >= function.First - Decorators && line <= function.Last))
                return ("O(n)", $"'{function.Name}' calls itself and remembers what it has computed; how many different inputs there are decides.");
            if (loops.Any(b => b.First >= function.First && b.Last <= function.Last && own.Any(line => line >= b.First && line <= b.Last)))
                return ("O(n!)", $"'{function.Name}' calls itself in a loop.");
            if (own.Count > 1)
                return ("O(2^n)", $"'{function.Name}' calls itself {own.Count} times and remembers nothing.");
        }
        return null;
    }

    /// <summary>What a line calls by its bare name, or as a method of its own object.</summary>
    private static IEnumerable<string> Calls(string code) => Call().Matches(code).Where(m => m.Groups["of"].Value is "" or "self." or "this.").Select(m => m.Groups["name"].Value);

    /// <summary>1 when a definition looks like a call, which 'const f = () =&gt;' does not.</summary>
    private static int CalledByDefinition(string code, string name) => Calls(code).Contains(name, StringComparer.Ordinal) ? 1 : 0;

    private static (string, string) Loops(IReadOnlyList<CodeLine> lines, IReadOnlyList<Block> blocks)
    {
        var loops = blocks.Where(b => b.Kind is BlockKind.Loop or BlockKind.HalvingLoop).ToList();
        var deepest = (Power: 0, Log: false, Line: 0, What: "no loop");
        void Consider(int power, bool log, int line, string what)
        {
            if ((power, log).CompareTo((deepest.Power, deepest.Log)) > 0)
                deepest = (power, log, line, what);
        }
        foreach (var loop in loops)
            Consider(loop.LoopsAround + (loop.Kind == BlockKind.Loop ? 1 : 0), loop.Kind == BlockKind.HalvingLoop, loop.First, loop.LoopsAround == 0 ? "a loop" : $"{loop.LoopsAround + 1} nested loops");
        foreach (var line in lines)
        {
            var around = loops.Count(l => l.Kind == BlockKind.Loop && line.Number > l.First && line.Number <= l.Last);
            if (Sort().IsMatch(line.Code))
                Consider(around + 1, true, line.Number, around == 0 ? "a sort" : "a sort in a loop");
            else if (Linear().IsMatch(line.Code))
                Consider(around + 1, false, line.Number, around == 0 ? "a pass over everything" : "a search in a loop");
        }
        var name = (deepest.Power, deepest.Log) switch
        {
            (0, false) => "O(1)",
            (0, true) => "O(log n)",
            (1, false) => "O(n)",
            (1, true) => "O(n log n)",
            (2, false) => "O(n^2)",
            (2, true) => "O(n^2 log n)",
            (3, _) => "O(n^3)",
            _ => "O(n^4)",
        };
        return (name, deepest.Line == 0 ? "There is no loop." : $"Line {deepest.Line}: {deepest.What}.");
    }

    [GeneratedRegex(@"(?<of>(?:\w+\.)?)\b(?<name>\w+)\s*\(", RegexOptions.NonBacktracking)]
    private static partial Regex Call();

    [GeneratedRegex(@"\blru_cache\b|@cache\b|\bmemo\w*\b|\bcache\w*\b|\bseen\b|\bknown\b", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Memo();

    [GeneratedRegex(@"\bsorted\s*\(|\.sort\s*\(|\bArray\.Sort\b|\.OrderBy|\.Order\s*\(|\.OrderDescending\b|\.toSorted\s*\(", RegexOptions.NonBacktracking)]
    private static partial Regex Sort();

    [GeneratedRegex(@"\b(?:sum|max|min|any|all|list|set|reversed|enumerate)\s*\(|\.(?:index|count|remove|indexOf|includes|IndexOf|slice|splice|concat|join|Sum|Count|Where|Select|Any|All|Max|Min|ToList|ToArray|Distinct|Reverse|reverse)\s*\(|\bfor\b.+\bin\b.+[\])]", RegexOptions.NonBacktracking)]
    private static partial Regex Linear();
}
