using static Deepiri.ChallengeGrammar.ValueKind;

namespace Deepiri.ChallengeGrammar.Topics;

internal static class DynamicProgramming
{
    public const string Topic = "dynamic-programming";

    public static IEnumerable<ChallengeTemplate> All =>
    [
        new(Topic, Difficulty.Easy, ["counting"], Stairs),
        new(Topic, Difficulty.Medium, ["optimization"], Coins),
        new(Topic, Difficulty.Hard, ["edit distance"], Edits),
    ];

    private static ChallengeDraft Stairs(Random random)
    {
        var (a, b) = random.OneOf((1, 2), (1, 3), (2, 3), (1, 4));
        return new($"Stairs, {a} or {b} at a time", $"You climb a stair of `n` steps and take {a} or {b} at a time. Return in how many ways you can reach the top. There is one way to climb no steps; `n` is at most 30.",
            Signature.Of(Integer, ("n", Integer)),
            new($"ways = [1] + [0] * n\nfor i in range(1, n + 1):\n    ways[i] = sum(ways[i - s] for s in ({a}, {b}) if i >= s)\nreturn ways[n]",
                $"const ways = [1];\nfor (let i = 1; i <= n; i++) ways[i] = (ways[i - {a}] ?? 0) + (ways[i - {b}] ?? 0);\nreturn ways[n];",
                $"var ways = new int[n + 1];\nways[0] = 1;\nfor (var i = 1; i <= n; i++)\n    ways[i] = (i >= {a} ? ways[i - {a}] : 0) + (i >= {b} ? ways[i - {b}] : 0);\nreturn ways[n];"),
            Draws.Inputs([[5], [0], [1]], () => [random.Next(2, 31)]),
            args =>
            {
                int Ways(int n) => n < 0 ? 0 : n == 0 ? 1 : Ways(n - a) + Ways(n - b);
                return Ways((int)args[0]);
            });
    }

    private static ChallengeDraft Coins(Random random)
    {
        var coins = random.OneOf<int[]>([1, 4, 6], [2, 5, 9], [3, 7, 11], [1, 7, 10]);
        var list = string.Join(", ", coins);
        return new("Few coins", $"There are coins of {list.Insert(list.LastIndexOf(' '), " and").Replace(", and", " and")}. Return the least number of coins that make exactly `amount`, or -1 when nothing does. Taking the largest coin first is not always right. `amount` is at most 500.",
            Signature.Of(Integer, ("amount", Integer)),
            new($"fewest = [0] + [None] * amount\nfor i in range(1, amount + 1):\n    options = [fewest[i - c] + 1 for c in [{list}] if i >= c and fewest[i - c] is not None]\n    fewest[i] = min(options) if options else None\nreturn -1 if fewest[amount] is None else fewest[amount]",
                $"const fewest = [0];\nfor (let i = 1; i <= amount; i++)\n  fewest[i] = Math.min(...[{list}].filter(c => i >= c).map(c => fewest[i - c] + 1), Infinity);\nreturn Number.isFinite(fewest[amount]) ? fewest[amount] : -1;",
                $"var fewest = new int?[amount + 1];\nfewest[0] = 0;\nfor (var i = 1; i <= amount; i++)\n    fewest[i] = new[] {{ {list} }}.Where(c => i >= c).Select(c => fewest[i - c] + 1).Min();\nreturn fewest[amount] ?? -1;"),
            Draws.Inputs([[coins[1] * 2], [0], [1]], () => [random.Next(2, 500)]),
            args =>
            {
                // Level by level: all amounts that one coin more can make.
                var amount = (int)args[0];
                var reached = new HashSet<int> { 0 };
                for (var used = 0; reached.Count > 0; used++)
                {
                    if (reached.Contains(amount))
                        return used;
                    reached = [.. reached.SelectMany(r => coins.Select(c => r + c)).Where(r => r <= amount)];
                }
                return -1;
            });
    }

    private static ChallengeDraft Edits(Random random)
    {
        var swap = random.Next(1, 3);
        return new("How far apart are two words", $"Return the least cost of turning `a` into `b`. Inserting or deleting a character costs 1, replacing one costs {swap}.",
            Signature.Of(Integer, ("a", Text), ("b", Text)),
            new($"row = list(range(len(b) + 1))\nfor i, x in enumerate(a, 1):\n    above, row[0] = row[0], i\n    for j, y in enumerate(b, 1):\n        above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (0 if x == y else {swap}))\nreturn row[-1]",
                $"let row = Array.from({{ length: b.length + 1 }}, (_, j) => j);\nfor (let i = 1; i <= a.length; i++) {{\n  const next = [i];\n  for (let j = 1; j <= b.length; j++)\n    next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : {swap}));\n  row = next;\n}}\nreturn row[b.length];",
                $"var cost = new int[a.Length + 1, b.Length + 1];\nfor (var i = 0; i <= a.Length; i++)\n{{\n    for (var j = 0; j <= b.Length; j++)\n        cost[i, j] = i == 0 ? j : j == 0 ? i : Math.Min(Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1, cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : {swap}));\n}}\nreturn cost[a.Length, b.Length];"),
            Draws.Inputs([["kitten", "sitting"], ["", "abc"], ["same", "same"]], () => [random.Letters(random.Next(0, 9), "abc"), random.Letters(random.Next(0, 9), "abc")]),
            args =>
            {
                var known = new Dictionary<(int, int), int>();
                var (a, b) = ((string)args[0], (string)args[1]);
                int Cost(int i, int j)
                {
                    if (i == a.Length || j == b.Length)
                        return a.Length - i + b.Length - j;
                    if (!known.TryGetValue((i, j), out var cost))
                        known[(i, j)] = cost = a[i] == b[j] ? Cost(i + 1, j + 1) : Math.Min(swap + Cost(i + 1, j + 1), 1 + Math.Min(Cost(i + 1, j), Cost(i, j + 1)));
                    return cost;
                }
                return Cost(0, 0);
            });
    }
}
