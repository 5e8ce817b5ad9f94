using Deepiri.ChallengeGrammar;
using Deepiri.CodeExecution;
using Deepiri.Cyrex.CodeAnalysis;

namespace Deepiri.UnitTests;

public sealed class CodeAnalyzerTests
{
    [Theory]
    [InlineData("python", "def solve(a):\n    return a[0]", "O(1)")]
    [InlineData("python", "def solve(a):\n    t = 0\n    for x in a:\n        t += x\n    return t", "O(n)")]
    [InlineData("python", "def solve(a):\n    for x in a:\n        for y in a:\n            if x + y == 0:\n                return True\n    return False", "O(n^2)")]
    [InlineData("python", "def solve(a):\n    return sorted(a)[0]", "O(n log n)")]
    [InlineData("python", "def solve(n):\n    while n > 1:\n        n //= 2\n    return n", "O(log n)")]
    [InlineData("python", "def fib(n):\n    if n < 2:\n        return n\n    return fib(n - 1) + fib(n - 2)", "O(2^n)")]
    [InlineData("python", "@lru_cache\ndef fib(n):\n    if n < 2:\n        return n\n    return fib(n - 1) + fib(n - 2)", "O(n)")]
    [InlineData("python", "def solve(a):\n    out = []\n    for x in a:\n        if a.index(x) > 0:\n            out.append(x)\n    return out", "O(n^2)")]
    [InlineData("javascript", "function solve(a) {\n  let t = 0;\n  for (const x of a) {\n    t += x;\n  }\n  return t;\n}", "O(n)")]
    [InlineData("javascript", "function solve(a) {\n  a.forEach(x => {\n    a.forEach(y => {\n      x + y;\n    });\n  });\n}", "O(n^2)")]
    [InlineData("javascript", "function solve(a) {\n  return a.sort((x, y) => x - y)[0];\n}", "O(n log n)")]
    [InlineData("javascript", "function solve(s) {\n  // for (;;) for (;;)\n  return \"for (;;) while (true)\";\n}", "O(1)")]
    [InlineData("csharp", "public static class Solution\n{\n    public static int Solve(int[] a)\n    {\n        var t = 0;\n        for (var i = 0; i < a.Length; i++)\n            for (var j = 0; j < a.Length; j++)\n                t += a[i] * a[j];\n        return t;\n    }\n}", "O(n^2)")]
    [InlineData("csharp", "public static class Solution\n{\n    public static int Solve(int[] a)\n    {\n        return a.OrderBy(x => x).First();\n    }\n}", "O(n log n)")]
    public void Complexity_is_estimated(string language, string code, string estimate) =>
        Assert.Equal(estimate, CodeAnalyzer.Analyze(language, code, null).Complexity.Estimate);

    [Theory]
    [InlineData("python", "try:\n    f()\nexcept:\n    pass", 3, "bare-except")]
    [InlineData("python", "x = 1\nif x == None:\n    print(x)", 2, "none-comparison")]
    [InlineData("python", "def f(a=[]):\n    return a", 1, "mutable-default")]
    [InlineData("python", "def f(a):\n    return a\n    a = 1", 3, "unreachable")]
    [InlineData("python", "def f(a):\n    unused = 3\n    return a", 2, "unused-variable")]
    [InlineData("python", "def f(a:\n    return a", 1, "unclosed-bracket")]
    [InlineData("python", "x = 'never ends", 1, "unclosed-text")]
    [InlineData("python", "x = \"\"\"never\nends", 1, "unclosed-text")]
    [InlineData("python", "x = eval(input())", 1, "dynamic-code")]
    [InlineData("javascript", "function f(a) {\n  if (a == 1) return 2;\n}", 2, "loose-equality")]
    [InlineData("javascript", "function f(a) {\n  return a.sort();\n}", 2, "numeric-sort")]
    [InlineData("javascript", "function f(a) {\n  return (a;\n}", 3, "unmatched-bracket")]
    [InlineData("csharp", "public static class A\n{\n    public static async void F() { }\n}", 3, "async-void")]
    [InlineData("csharp", "public static class A\n{\n    public static int F() => (1;\n}", 4, "unmatched-bracket")]
    [InlineData("csharp", "public static class A\n{\n    static void F() { try { } catch (Exception) { } }\n}", 3, "catch-all")]
    public void A_fault_is_found_in_its_line(string language, string code, int line, string rule) =>
        Assert.Contains(CodeAnalyzer.Analyze(language, code, null).Findings, f => f.Line == line && f.Rule == rule);

    [Theory]
    [InlineData("python", "# except: eval( == None\nx = 'eval(1) == None'\ny = \"\"\"\nexcept:\n\"\"\"\n")]
    [InlineData("python", "x = 'a\u2028b'\ny = 'c'\f")]
    [InlineData("csharp", "class A { string s = \"\"\"\n  a \"b\" { ( eval(\n  \"\"\"; string v = @\"a \"\"b\"\" (\n\"; string w = @$\"(\n{1}\"; }")]
    [InlineData("javascript", "const p = /[/'\"(]{2}/g;\nconst q = a.replace(/'/g, '\"'), r = a / b / c;")]
    [InlineData("javascript", "const t = `a ${b.map(x => `<${x === 1 ? {} : {a: 1}}>`)} \\` ( \\${`;\nexport { t };")]
    [InlineData("javascript", "// a == b\n/* eval(\n == */\nconst s = `${1} == eval(`;\nexport { s };")]
    public void Words_in_texts_and_comments_are_no_code(string language, string code) =>
        Assert.DoesNotContain(CodeAnalyzer.Analyze(language, code, null).Findings, f => f.Severity != Severity.Info);

    [Fact]
    public void What_was_expected_is_compared()
    {
        var slow = CodeAnalyzer.Analyze("python", "def solve(a):\n    for x in a:\n        for y in a:\n            pass", ComplexityRules.Normalize("o(N log N)"));
        Assert.Equal(("O(n^2)", "O(n log n)", false), (slow.Complexity.Estimate, slow.Complexity.Expected!, slow.Complexity.MeetsExpected!.Value));
        Assert.Null(ComplexityRules.Normalize("quick"));
    }

    /// <summary>Our own solutions are decent code: nothing in them is an error.</summary>
    [Fact]
    public void Solutions_of_the_grammar_have_no_errors()
    {
        foreach (var language in ProgrammingLanguage.All)
        {
            foreach (var challenge in from topic in Grammar.Topics from difficulty in Enum.GetValues<Difficulty>() select Grammar.Generate(topic, difficulty, language, 3))
                Assert.All(CodeAnalyzer.Analyze(language, challenge.Solution, null).Findings, f => Assert.True(f.Severity != Severity.Error, $"{f}\n{challenge.Solution}"));
        }
    }

    [Fact]
    public void Hostile_sources_are_analysed_in_no_time()
    {
        string[] sources = [new('(', 50_000), new(' ', 50_000), string.Concat(Enumerable.Repeat("for x in a:\n", 2000)), string.Concat(Enumerable.Repeat("{", 25_000)) + string.Concat(Enumerable.Repeat("}", 25_000)), new('"', 49_999), string.Concat(Enumerable.Repeat("def f(\n", 2000)), "\uD800\u0000\u2028", string.Concat(Enumerable.Repeat("return 1;\n", 2000)), string.Concat(Enumerable.Repeat("x=1\n", 2000)), string.Concat(Enumerable.Range(0, 2000).Select(i => $"v{i} = 1\n")),
            string.Concat(Enumerable.Repeat("def f(x): f(f(f(1\n", 2000)), string.Concat(Enumerable.Repeat("int f(int x) { f(f(f(1\n", 2000)), string.Concat(Enumerable.Repeat("function f(x){f(f(\nfor (;;) {f(\n", 1000)), new('`', 49_999), string.Concat(Enumerable.Repeat("`${", 16_000)), string.Concat(Enumerable.Repeat("= /", 16_000)), string.Concat(Enumerable.Repeat("/[", 25_000)), string.Concat(Enumerable.Repeat("f(x) => \n", 2000))];
        foreach (var language in ProgrammingLanguage.All)
        {
            foreach (var source in sources)
                Assert.InRange(CodeAnalyzer.Analyze(language, source, null).Findings.Count, 0, 200);
        }
    }
}
