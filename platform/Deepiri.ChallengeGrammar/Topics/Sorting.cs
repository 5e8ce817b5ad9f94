using static Deepiri.ChallengeGrammar.ValueKind;

namespace Deepiri.ChallengeGrammar.Topics;

internal static class Sorting
{
    public const string Topic = "sorting";

    public static IEnumerable<ChallengeTemplate> All =>
    [
        new(Topic, Difficulty.Easy, ["selection"], KthValue),
        new(Topic, Difficulty.Medium, ["comparators"], ByDistance),
        new(Topic, Difficulty.Hard, ["intervals", "merging"], MergeSpans),
    ];

    private static ChallengeDraft KthValue(Random random)
    {
        var k = random.Next(2, 5);
        var largest = random.Next(2) == 0;
        var place = k switch { 2 => "second", 3 => "third", _ => "fourth" };
        var end = largest ? "largest" : "smallest";
        return new($"The {place} {end}", $"`numbers` holds {random.Measurements()}. Return the {place} {end} of the different values; when there are fewer than {k} of them, return -1. The numbers are not negative.",
            Signature.Of(Integer, ("numbers", Integers)),
            new($"values = sorted(set(numbers){(largest ? ", reverse=True" : "")})\nreturn values[{k - 1}] if len(values) >= {k} else -1",
                $"const values = [...new Set(numbers)].sort((a, b) => {(largest ? "b - a" : "a - b")});\nreturn values[{k - 1}] ?? -1;",
                $"var values = numbers.Distinct().{(largest ? "OrderDescending" : "Order")}().ToArray();\nreturn values.Length >= {k} ? values[{k - 1}] : -1;"),
            Draws.Inputs([[new[] { 7, 3, 9, 3, 1, 9 }], [new[] { 4, 4, 4 }], [Array.Empty<int>()]], () => [random.Integers(random.Next(1, 30), 0, 40)]),
            args =>
            {
                var left = new SortedSet<int>((int[])args[0]);
                for (var i = 1; i < k && left.Count > 0; i++)
                    left.Remove(largest ? left.Max : left.Min);
                return left.Count == 0 ? -1 : largest ? left.Max : left.Min;
            });
    }

    private static ChallengeDraft ByDistance(Random random)
    {
        var center = random.Next(5, 50);
        return new($"Closest to {center} first", $"Return `numbers` sorted by their distance from {center}, the closest first. Of two that are equally far away, the smaller comes first.",
            Signature.Of(Integers, ("numbers", Integers)),
            new($"return sorted(numbers, key=lambda n: (abs(n - {center}), n))",
                $"return [...numbers].sort((a, b) => Math.abs(a - {center}) - Math.abs(b - {center}) || a - b);",
                $"return numbers.OrderBy(n => Math.Abs(n - {center})).ThenBy(n => n).ToArray();"),
            Draws.Inputs([[new[] { center + 2, center - 2, center, 0 }], [Array.Empty<int>()], [new[] { center + 1, center - 1, center + 1 }]], () => [random.Integers(random.Next(1, 25), -20, 90)]),
            args =>
            {
                var sorted = ((int[])args[0]).ToArray();
                Array.Sort(sorted, (a, b) => Math.Abs(a - center) != Math.Abs(b - center) ? Math.Abs(a - center).CompareTo(Math.Abs(b - center)) : a.CompareTo(b));
                return sorted;
            });
    }

    private static ChallengeDraft MergeSpans(Random random)
    {
        var gap = random.Next(0, 3);
        var what = random.OneOf("meetings", "maintenance windows", "reservations", "broadcasts");
        var rule = gap == 0 ? "overlap or touch" : $"overlap, touch, or leave a gap of {gap} or less between them";
        return new($"Merge the {what}", $"Each of `spans` is a pair of a start and an end of {what}. Merge those that {rule}, and return what remains, sorted by start.",
            Signature.Of(Grid, ("spans", Grid)),
            new($"merged = []\nfor start, end in sorted(spans):\n    if merged and start <= merged[-1][1] + {gap}:\n        merged[-1][1] = max(merged[-1][1], end)\n    else:\n        merged.append([start, end])\nreturn merged",
                $"const merged = [];\nfor (const [start, end] of [...spans].sort((a, b) => a[0] - b[0])) {{\n  const last = merged[merged.length - 1];\n  if (last && start <= last[1] + {gap}) last[1] = Math.max(last[1], end);\n  else merged.push([start, end]);\n}}\nreturn merged;",
                $"var merged = new List<int[]>();\nforeach (var span in spans.OrderBy(s => s[0]))\n{{\n    if (merged.Count > 0 && span[0] <= merged[^1][1] + {gap})\n        merged[^1][1] = Math.Max(merged[^1][1], span[1]);\n    else\n        merged.Add([span[0], span[1]]);\n}}\nreturn merged.ToArray();"),
            Draws.Inputs([[new[] { new[] { 1, 3 }, [2, 6], [9, 10] }], [Array.Empty<int[]>()], [new[] { new[] { 1, 4 }, [5, 6] }]],
                () => [Enumerable.Range(0, random.Next(1, 20)).Select(_ => random.Next(0, 60)).Select(s => new[] { s, s + random.Next(0, 9) }).ToArray()]),
            args =>
            {
                // Every point that is covered, with gaps filled; then its runs.
                var spans = (int[][])args[0];
                var joined = new SortedSet<int>(spans.SelectMany(s => Enumerable.Range(s[0] * 2, (s[1] - s[0] + gap) * 2 + 1)));
                var ends = joined.Where(p => !joined.Contains(p + 1)).ToList();
                return joined.Where(p => !joined.Contains(p - 1)).Zip(ends, (start, end) => new[] { start / 2, end / 2 - gap }).ToArray();
            });
    }
}
