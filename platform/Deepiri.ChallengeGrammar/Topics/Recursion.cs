using static Deepiri.ChallengeGrammar.ValueKind;

namespace Deepiri.ChallengeGrammar.Topics;

internal static class Recursion
{
    public const string Topic = "recursion";

    public static IEnumerable<ChallengeTemplate> All =>
    [
        new(Topic, Difficulty.Easy, ["sequences"], Sequence),
        new(Topic, Difficulty.Medium, ["backtracking", "permutations"], Arrangements),
        new(Topic, Difficulty.Hard, ["backtracking", "counting"], Queens),
    ];

    private static ChallengeDraft Sequence(Random random)
    {
        var (a, b, c) = (random.Next(0, 4), random.Next(1, 5), random.Next(1, 3));
        return new($"A sequence that begins with {a} and {b}", $"A sequence begins with {a} and {b}. Each further member is the one before plus {(c == 1 ? "" : $"{c} times ")}the one before that. Return member number `n`, counted from 0; `n` is at most 25.",
            Signature.Of(Integer, ("n", Integer)),
            new($"x, y = {a}, {b}\nfor _ in range(n):\n    x, y = y, y + {c} * x\nreturn x",
                $"let [x, y] = [{a}, {b}];\nfor (let i = 0; i < n; i++) [x, y] = [y, y + {c} * x];\nreturn x;",
                $"var (x, y) = ({a}, {b});\nfor (var i = 0; i < n; i++)\n    (x, y) = (y, y + {c} * x);\nreturn x;"),
            Draws.Inputs([[5], [0], [1]], () => [random.Next(2, 26)]),
            args =>
            {
                int Member(int n) => n == 0 ? a : n == 1 ? b : Member(n - 1) + c * Member(n - 2);
                return Member((int)args[0]);
            });
    }

    private static ChallengeDraft Arrangements(Random random)
    {
        var last = random.Next(2) == 0;
        return new(last ? "Arrangements, backwards" : "Arrangements in order", $"Return every different arrangement of the letters of `text`, each once, in {(last ? "reverse " : "")}alphabetical order. `text` has at most 6 letters; the empty text has one arrangement, itself.",
            Signature.Of(Texts, ("text", Text)),
            new($"from itertools import permutations\nreturn sorted(set(''.join(p) for p in permutations(text)){(last ? ", reverse=True" : "")})",
                $"const found = new Set();\nconst extend = (begun, left) => {{\n  if (left.length === 0) found.add(begun);\n  for (let i = 0; i < left.length; i++) extend(begun + left[i], left.slice(0, i) + left.slice(i + 1));\n}};\nextend('', text);\nreturn [...found].sort(){(last ? ".reverse()" : "")};",
                $"IEnumerable<string> Extend(string begun, string left) => left.Length == 0\n    ? [begun]\n    : Enumerable.Range(0, left.Length).SelectMany(i => Extend(begun + left[i], left.Remove(i, 1)));\nreturn Extend(\"\", text).Distinct().{(last ? "OrderDescending" : "Order")}(StringComparer.Ordinal).ToArray();"),
            Draws.Inputs([["abc"], [""], ["aab"]], () => [random.Letters(random.Next(2, 6), "abcd")]),
            args =>
            {
                // The next arrangement from the one before, until there is none.
                var letters = ((string)args[0]).Order().ToArray();
                var all = new List<string> { new(letters) };
                while (true)
                {
                    var i = letters.Length - 2;
                    while (i >= 0 && letters[i] >= letters[i + 1])
                        i--;
                    if (i < 0)
                        break;
                    var j = Array.FindLastIndex(letters, c => c > letters[i]);
                    (letters[i], letters[j]) = (letters[j], letters[i]);
                    Array.Reverse(letters, i + 1, letters.Length - i - 1);
                    all.Add(new(letters));
                }
                if (last)
                    all.Reverse();
                return all.ToArray();
            });
    }

    private static ChallengeDraft Queens(Random random)
    {
        var rooks = random.Next(2) == 0;
        return new(rooks ? "Rooks that keep off the diagonal" : "Queens in peace",
            (rooks ? "In how many ways can `n` rooks stand on a board of `n` by `n` squares so that none attacks another and none stands on the diagonal from the upper left to the lower right?" : "In how many ways can `n` queens stand on a board of `n` by `n` squares so that none attacks another?") + " `n` is at most 7.",
            Signature.Of(Integer, ("n", Integer)),
            rooks
                ? new("def place(row, taken):\n    if row == n:\n        return 1\n    return sum(place(row + 1, taken | {c}) for c in range(n) if c != row and c not in taken)\nreturn place(0, frozenset())",
                    "const place = (row, taken) => {\n  if (row === n) return 1;\n  let ways = 0;\n  for (let c = 0; c < n; c++) if (c !== row && !(taken & (1 << c))) ways += place(row + 1, taken | (1 << c));\n  return ways;\n};\nreturn place(0, 0);",
                    "int Place(int row, int taken) => row == n\n    ? 1\n    : Enumerable.Range(0, n).Where(c => c != row && (taken & (1 << c)) == 0).Sum(c => Place(row + 1, taken | (1 << c)));\nreturn Place(0, 0);")
                : new("def place(row, columns, down, up):\n    if row == n:\n        return 1\n    return sum(place(row + 1, columns | {c}, down | {row - c}, up | {row + c})\n               for c in range(n) if c not in columns and row - c not in down and row + c not in up)\nreturn place(0, frozenset(), frozenset(), frozenset())",
                    "const place = placed => {\n  const row = placed.length;\n  if (row === n) return 1;\n  let ways = 0;\n  for (let c = 0; c < n; c++)\n    if (placed.every((d, r) => d !== c && Math.abs(d - c) !== row - r)) ways += place([...placed, c]);\n  return ways;\n};\nreturn place([]);",
                    "int Place(int[] placed) => placed.Length == n\n    ? 1\n    : Enumerable.Range(0, n).Where(c => placed.Select((d, r) => d != c && Math.Abs(d - c) != placed.Length - r).All(ok => ok)).Sum(c => Place([.. placed, c]));\nreturn Place([]);"),
            [[4], [1], [2], [3], [5], [6], [7], [0]],
            // The known numbers: OEIS A000166 and A000170.
            args => (rooks ? (int[])[1, 0, 1, 2, 9, 44, 265, 1854] : [1, 1, 0, 0, 2, 10, 4, 40])[(int)args[0]]);
    }
}
