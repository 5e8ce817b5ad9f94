using static Deepiri.ChallengeGrammar.ValueKind;

namespace Deepiri.ChallengeGrammar.Topics;

internal static class Strings
{
    public const string Topic = "strings";

    public static IEnumerable<ChallengeTemplate> All =>
    [
        new(Topic, Difficulty.Easy, ["counting"], CountLetters),
        new(Topic, Difficulty.Medium, ["run-length encoding"], RunLengths),
        new(Topic, Difficulty.Hard, ["sliding window", "sets"], LongestWithout),
    ];

    private static ChallengeDraft CountLetters(Random random)
    {
        var letters = random.OneOf("aeiou", "aeiouy", "xyz", "rstln");
        return new($"Letters among {letters}", $"Return how many characters of `text` are one of the letters `{letters}`. Capital letters count, too.",
            Signature.Of(Integer, ("text", Text)),
            new($"return sum(c in \"{letters}\" for c in text.lower())",
                $"return [...text.toLowerCase()].filter(c => \"{letters}\".includes(c)).length;",
                $"return text.ToLowerInvariant().Count(c => \"{letters}\".Contains(c));"),
            Draws.Inputs([["Hello there"], [""], [letters.ToUpperInvariant()]], () => [string.Join(' ', random.Words(random.Next(1, 8)))]),
            args => ((string)args[0]).Count(c => letters.IndexOf(char.ToLowerInvariant(c), StringComparison.Ordinal) >= 0));
    }

    private static ChallengeDraft RunLengths(Random random)
    {
        var from = random.Next(2, 4);
        return new("Squeeze the runs",
            $"Squeeze `text`: a run of {from} or more equal characters becomes the character and the length of the run; shorter runs stay as they are. " + (from == 2 ? "`aabccc` becomes `a2bc3`." : "`aabccc` becomes `aabc3`."),
            Signature.Of(Text, ("text", Text)),
            new($"from itertools import groupby\nparts = []\nfor c, run in groupby(text):\n    n = len(list(run))\n    parts.append(c + str(n) if n >= {from} else c * n)\nreturn ''.join(parts)",
                $"return text.replace(/(.)\\1*/g, (run, c) => run.length >= {from} ? c + run.length : run);",
                $"var parts = new System.Text.StringBuilder();\nfor (var i = 0; i < text.Length;)\n{{\n    var n = 1;\n    while (i + n < text.Length && text[i + n] == text[i])\n        n++;\n    parts.Append(n >= {from} ? $\"{{text[i]}}{{n}}\" : new string(text[i], n));\n    i += n;\n}}\nreturn parts.ToString();"),
            Draws.Inputs([["aabccc"], [""], ["zzzzzzzzzzzz"]], () => [random.Letters(random.Next(1, 40), "abbbc")]),
            args =>
            {
                var text = (string)args[0];
                var squeezed = "";
                for (int start = 0, end = 0; start < text.Length; start = end)
                {
                    while (end < text.Length && text[end] == text[start])
                        end++;
                    squeezed += end - start >= from ? text[start] + (end - start).ToString() : text[start..end];
                }
                return squeezed;
            });
    }

    private static ChallengeDraft LongestWithout(Random random)
    {
        var times = random.Next(1, 3);
        var rule = times == 1 ? "no character occurs twice" : $"no character occurs more than {times} times";
        return new(times == 1 ? "The longest stretch without a repeat" : "The longest stretch with pairs at most",
            $"Return the length of the longest stretch of `text` in which {rule}. Trying every stretch is too slow for long texts.",
            Signature.Of(Integer, ("text", Text)),
            new($"counts = {{}}\nstart = 0\nbest = 0\nfor end, c in enumerate(text):\n    counts[c] = counts.get(c, 0) + 1\n    while counts[c] > {times}:\n        counts[text[start]] -= 1\n        start += 1\n    best = max(best, end - start + 1)\nreturn best",
                $"const counts = new Map();\nlet start = 0;\nlet best = 0;\nfor (let end = 0; end < text.length; end++) {{\n  counts.set(text[end], (counts.get(text[end]) ?? 0) + 1);\n  while (counts.get(text[end]) > {times}) {{\n    counts.set(text[start], counts.get(text[start]) - 1);\n    start++;\n  }}\n  best = Math.max(best, end - start + 1);\n}}\nreturn best;",
                $"var counts = new Dictionary<char, int>();\nvar start = 0;\nvar best = 0;\nfor (var end = 0; end < text.Length; end++)\n{{\n    counts[text[end]] = counts.GetValueOrDefault(text[end]) + 1;\n    while (counts[text[end]] > {times})\n        counts[text[start++]]--;\n    best = Math.Max(best, end - start + 1);\n}}\nreturn best;"),
            Draws.Inputs([["abcabcbb"], [""], ["aaaa"]], () => [random.Letters(random.Next(1, 60), "abcdefg")]),
            args =>
            {
                var text = (string)args[0];
                return Enumerable.Range(0, text.Length).Select(i => Enumerable.Range(1, text.Length - i).TakeWhile(n => text.Substring(i, n).GroupBy(c => c).All(g => g.Count() <= times)).LastOrDefault()).DefaultIfEmpty().Max();
            });
    }
}
