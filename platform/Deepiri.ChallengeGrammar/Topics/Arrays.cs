using static Deepiri.ChallengeGrammar.ValueKind;

namespace Deepiri.ChallengeGrammar.Topics;

internal static class Arrays
{
    public const string Topic = "arrays";

    public static IEnumerable<ChallengeTemplate> All =>
    [
        new(Topic, Difficulty.Easy, ["loops", "filtering"], SumOfMultiples),
        new(Topic, Difficulty.Medium, ["sliding window"], BestWindow),
        new(Topic, Difficulty.Hard, ["prefix sums", "counting"], SpansWithSum),
    ];

    private static ChallengeDraft SumOfMultiples(Random random)
    {
        var k = random.Next(2, 8);
        var what = random.Measurements();
        return new($"Multiples of {k}", $"You are given a list of {what} called `numbers`. Return the sum of those that are divisible by {k}. The sum of none is 0.",
            Signature.Of(Integer, ("numbers", Integers)),
            new($"return sum(n for n in numbers if n % {k} == 0)",
                $"return numbers.filter(n => n % {k} === 0).reduce((sum, n) => sum + n, 0);",
                $"return numbers.Where(n => n % {k} == 0).Sum();"),
            Draws.Inputs([[new[] { k, 1, 2 * k, 2 * k + 1 }], [Array.Empty<int>()], [new[] { -k, 0, k * 3 }]], () => [random.Integers(random.Next(1, 30), -100, 100)]),
            args =>
            {
                var sum = 0;
                foreach (var n in (int[])args[0])
                    sum += n / k * k == n ? n : 0;
                return sum;
            });
    }

    private static ChallengeDraft BestWindow(Random random)
    {
        var k = random.Next(2, 5);
        var most = random.Next(2) == 0;
        var (word, python, javaScript, cSharp) = most ? ("largest", "max", "Math.max", "Math.Max") : ("smallest", "min", "Math.min", "Math.Min");
        return new($"The {word} sum of {k} in a row",
            $"`numbers` holds {random.Measurements()} in the order in which they came. Return the {word} sum of {k} neighbours. There are always at least {k} numbers. A solution that adds each window anew is too slow for long lists.",
            Signature.Of(Integer, ("numbers", Integers)),
            new($"window = sum(numbers[:{k}])\nbest = window\nfor i in range({k}, len(numbers)):\n    window += numbers[i] - numbers[i - {k}]\n    best = {python}(best, window)\nreturn best",
                $"let window = numbers.slice(0, {k}).reduce((a, b) => a + b, 0);\nlet best = window;\nfor (let i = {k}; i < numbers.length; i++) {{\n  window += numbers[i] - numbers[i - {k}];\n  best = {javaScript}(best, window);\n}}\nreturn best;",
                $"var window = numbers.Take({k}).Sum();\nvar best = window;\nfor (var i = {k}; i < numbers.Length; i++)\n{{\n    window += numbers[i] - numbers[i - {k}];\n    best = {cSharp}(best, window);\n}}\nreturn best;"),
            Draws.Inputs([[new[] { 4, -1, 2, 7, 3 }], [Enumerable.Repeat(5, k).ToArray()], [new[] { -3, -1, -4, -1, -5, -9 }]], () => [random.Integers(random.Next(k, 60), -50, 50)]),
            args =>
            {
                var numbers = (int[])args[0];
                var sums = Enumerable.Range(0, numbers.Length - k + 1).Select(i => numbers.Skip(i).Take(k).Sum());
                return most ? sums.Max() : sums.Min();
            });
    }

    private static ChallengeDraft SpansWithSum(Random random)
    {
        var k = random.Next(3, 12);
        return new($"Spans that add up to {k}",
            $"`numbers` holds {random.Measurements()}; they may be negative. Return how many runs of neighbours add up to exactly {k}. Looking at every pair of ends is too slow for long lists.",
            Signature.Of(Integer, ("numbers", Integers)),
            new($"seen = {{0: 1}}\ntotal = 0\ncount = 0\nfor n in numbers:\n    total += n\n    count += seen.get(total - {k}, 0)\n    seen[total] = seen.get(total, 0) + 1\nreturn count",
                $"const seen = new Map([[0, 1]]);\nlet total = 0;\nlet count = 0;\nfor (const n of numbers) {{\n  total += n;\n  count += seen.get(total - {k}) ?? 0;\n  seen.set(total, (seen.get(total) ?? 0) + 1);\n}}\nreturn count;",
                $"var seen = new Dictionary<int, int> {{ [0] = 1 }};\nvar total = 0;\nvar count = 0;\nforeach (var n in numbers)\n{{\n    total += n;\n    count += seen.GetValueOrDefault(total - {k});\n    seen[total] = seen.GetValueOrDefault(total) + 1;\n}}\nreturn count;"),
            Draws.Inputs([[new[] { k, 1, k - 1, 1 }], [Array.Empty<int>()], [new[] { 1, -1, k, 0 }]], () => [random.Integers(random.Next(5, 60), -6, 9)]),
            args =>
            {
                var numbers = (int[])args[0];
                return Enumerable.Range(0, numbers.Length).Sum(i => Enumerable.Range(i, numbers.Length - i).Count(j => numbers[i..(j + 1)].Sum() == k));
            });
    }
}
