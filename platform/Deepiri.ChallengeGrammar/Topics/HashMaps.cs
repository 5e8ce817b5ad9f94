using static Deepiri.ChallengeGrammar.ValueKind;

namespace Deepiri.ChallengeGrammar.Topics;

internal static class HashMaps
{
    public const string Topic = "hash-maps";

    public static IEnumerable<ChallengeTemplate> All =>
    [
        new(Topic, Difficulty.Easy, ["counting"], MostFrequent),
        new(Topic, Difficulty.Medium, ["two sum"], PairsWithSum),
        new(Topic, Difficulty.Hard, ["grouping", "sorting"], LargestGroup),
    ];

    private static ChallengeDraft MostFrequent(Random random)
    {
        var what = random.OneOf("votes", "search terms", "visited places", "ordered dishes");
        return new($"The most frequent of the {what}", $"`words` lists {what}. Return the one that occurs most often; among equals, the one that comes first in the alphabet. There is at least one.",
            Signature.Of(Text, ("words", Texts)),
            new("counts = {}\nfor w in words:\n    counts[w] = counts.get(w, 0) + 1\nreturn min(counts, key=lambda w: (-counts[w], w))",
                "const counts = new Map();\nfor (const w of words) counts.set(w, (counts.get(w) ?? 0) + 1);\nreturn [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))[0][0];",
                "return words.GroupBy(w => w).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).First().Key;"),
            Draws.Inputs([[new[] { "pear", "fig", "pear" }], [new[] { "solo" }], [new[] { "b", "a", "b", "a" }]], () => [random.Words(random.Next(2, 25))]),
            args =>
            {
                var words = (string[])args[0];
                var most = words.Max(w => words.Count(v => v == w));
                return words.Where(w => words.Count(v => v == w) == most).Min(StringComparer.Ordinal)!;
            });
    }

    private static ChallengeDraft PairsWithSum(Random random)
    {
        var target = random.Next(8, 25);
        return new($"Pairs that make {target}", $"Return how many pairs of places in `numbers` hold two numbers that add up to {target}. Each pair counts once. Comparing everything with everything is too slow for long lists.",
            Signature.Of(Integer, ("numbers", Integers)),
            new($"seen = {{}}\npairs = 0\nfor n in numbers:\n    pairs += seen.get({target} - n, 0)\n    seen[n] = seen.get(n, 0) + 1\nreturn pairs",
                $"const seen = new Map();\nlet pairs = 0;\nfor (const n of numbers) {{\n  pairs += seen.get({target} - n) ?? 0;\n  seen.set(n, (seen.get(n) ?? 0) + 1);\n}}\nreturn pairs;",
                $"var seen = new Dictionary<int, int>();\nvar pairs = 0;\nforeach (var n in numbers)\n{{\n    pairs += seen.GetValueOrDefault({target} - n);\n    seen[n] = seen.GetValueOrDefault(n) + 1;\n}}\nreturn pairs;"),
            Draws.Inputs([[new[] { 1, target - 1, 3, target - 3 }], [Array.Empty<int>()], [new[] { target, 0, 0 }]], () => [random.Integers(random.Next(2, 60), 0, target)]),
            args =>
            {
                var numbers = (int[])args[0];
                return Enumerable.Range(0, numbers.Length).Sum(i => numbers.Skip(i + 1).Count(m => numbers[i] + m == target));
            });
    }

    private static ChallengeDraft LargestGroup(Random random)
    {
        var least = random.Next(1, 3);
        return new("The largest group of anagrams",
            $"Two words are anagrams when they have the same letters equally often. Return the largest group of anagrams among `words`, in alphabetical order and each spelling once. Among groups of the same size take the one whose first word comes first in the alphabet. When no group has more than {least} different spelling{(least == 1 ? "" : "s")}, return an empty list.",
            Signature.Of(Texts, ("words", Texts)),
            new($"groups = {{}}\nfor w in set(words):\n    groups.setdefault(''.join(sorted(w)), []).append(w)\nlarge = [sorted(g) for g in groups.values() if len(g) > {least}]\nreturn min(large, key=lambda g: (-len(g), g[0])) if large else []",
                $"const groups = new Map();\nfor (const w of new Set(words)) {{\n  const key = [...w].sort().join('');\n  groups.set(key, [...(groups.get(key) ?? []), w]);\n}}\nconst large = [...groups.values()].filter(g => g.length > {least}).map(g => g.sort());\nlarge.sort((a, b) => b.length - a.length || (a[0] < b[0] ? -1 : 1));\nreturn large[0] ?? [];",
                $"return words.Distinct().GroupBy(w => string.Concat(w.Order())).Where(g => g.Count() > {least})\n    .Select(g => g.Order(StringComparer.Ordinal).ToArray())\n    .OrderByDescending(g => g.Length).ThenBy(g => g[0], StringComparer.Ordinal).FirstOrDefault() ?? [];"),
            Draws.Inputs([[new[] { "tea", "eat", "ate", "tan", "nat" }], [Array.Empty<string>()], [new[] { "ab", "ba", "dc", "cd", "x" }]],
                () => [Enumerable.Range(0, random.Next(4, 25)).Select(_ => random.Letters(3, "abc")).ToArray()]),
            args =>
            {
                var words = ((string[])args[0]).Distinct().ToList();
                bool Anagrams(string a, string b) => a.Length == b.Length && a.GroupBy(c => c).All(g => b.Count(c => c == g.Key) == g.Count());
                var best = Array.Empty<string>();
                foreach (var word in words.Order(StringComparer.Ordinal))
                {
                    var group = words.Where(w => Anagrams(word, w)).Order(StringComparer.Ordinal).ToArray();
                    if (group.Length > least && group.Length > best.Length)
                        best = group;
                }
                return best;
            });
    }
}
