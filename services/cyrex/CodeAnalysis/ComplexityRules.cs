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
        foreach (var function in blocks.Where(b => b.Kind == BlockKind.Function))
        {
            var body = lines.Where(l => l.Number > function.First && l.Number <= function.Last).ToList();
            var calls = body.Sum(l => Calls(l.Code, function.Name!)) + Math.Max(0, Calls(lines[function.First - 1].Code, function.Name!) - 1);
            if (calls == 0)
                continue;
            var remembers = lines.Skip(Math.Max(0, function.First - 3)).Take(function.Last - Math.Max(0, function.First - 3)).Any(l => Memo().IsMatch(l.Code));
            var inLoop = blocks.Any(b => b.Kind == BlockKind.Loop && b.First >= function.First && b.Last <= function.Last && body.Any(l => l.Number >= b.First && l.Number <= b.Last && Calls(l.Code, function.Name!) > 0));
            if (remembers)
                return ("O(n)", $"'{function.Name}' calls itself and remembers what it has computed; how many different inputs there are decides.");
            if (inLoop)
                return ("O(n!)", $"'{function.Name}' calls itself in a loop.");
            if (calls > 1)
                return ("O(2^n)", $"'{function.Name}' calls itself {calls} times and remembers nothing.");
        }
        return null;
    }

    /// <summary>How often a line calls a function by its bare name, or as a method of its own object.</summary>
    private static int Calls(string code, string name)
    {
        var calls = 0;
        for (var at = code.IndexOf(name, StringComparison.Ordinal); at >= 0; at = code.IndexOf(name, at + name.Length, StringComparison.Ordinal))
        {
            var (before, after) = (code[..at], code[(at + name.Length)..].TrimStart());
            var isWhole = before.Length == 0 || !(char.IsLetterOrDigit(before[^1]) || before[^1] is '_' or '.') || before.EndsWith("self.", StringComparison.Ordinal) || before.EndsWith("this.", StringComparison.Ordinal);
            calls += isWhole && after.StartsWith('(') ? 1 : 0;
        }
        return calls;
    }

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

    [GeneratedRegex(@"\blru_cache\b|@cache\b|\bmemo\w*\b|\bcache\w*\b|\bseen\b|\bknown\b", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking)]
    private static partial Regex Memo();

    [GeneratedRegex(@"\bsorted\s*\(|\.sort\s*\(|\bArray\.Sort\b|\.OrderBy|\.Order\s*\(|\.OrderDescending\b|\.toSorted\s*\(", RegexOptions.NonBacktracking)]
    private static partial Regex Sort();

    [GeneratedRegex(@"\b(?:sum|max|min|any|all|list|set|reversed|enumerate)\s*\(|\.(?:index|count|remove|indexOf|includes|IndexOf|slice|splice|concat|join|Sum|Count|Where|Select|Any|All|Max|Min|ToList|ToArray|Distinct|Reverse|reverse)\s*\(|\bfor\b.+\bin\b.+[\])]", RegexOptions.NonBacktracking)]
    private static partial Regex Linear();
}
