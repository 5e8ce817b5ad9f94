using Deepiri.CodeExecution;

namespace Deepiri.ChallengeGrammar;

/// <summary>Types that a solution takes and gives.</summary>
internal enum ValueKind
{
    Integer,
    Text,
    Flag,
    Integers,
    Texts,
    Grid,
}

/// <summary>The function that a solution is, from which its head in every language follows.</summary>
internal sealed record Signature(ValueKind Returns, IReadOnlyList<(string Name, ValueKind Kind)> Parameters)
{
    public static Signature Of(ValueKind returns, params (string Name, ValueKind Kind)[] parameters) => new(returns, parameters);

    /// <summary>The function around a body.</summary>
    public string Write(string language, string body) => language switch
    {
        ProgrammingLanguage.Python => $"def solve({Names}):\n{Indent(body, 4)}\n",
        ProgrammingLanguage.JavaScript => $"function solve({Names}) {{\n{Indent(body, 2)}\n}}\n",
        ProgrammingLanguage.CSharp => $"public static class Solution\n{{\n    public static {CSharpType(Returns)} Solve({string.Join(", ", Parameters.Select(p => $"{CSharpType(p.Kind)} {p.Name}"))})\n    {{\n{Indent(body, 8)}\n    }}\n}}\n",
        _ => throw new ArgumentOutOfRangeException(nameof(language), language, "There is no such language."),
    };

    /// <summary>The function without a body, for the learner to begin with.</summary>
    public string WriteStarter(string language) => Write(language, language switch
    {
        ProgrammingLanguage.Python => "# Write your code here.\npass",
        ProgrammingLanguage.JavaScript => "// Write your code here.",
        _ => "// Write your code here.\nthrow new NotImplementedException();",
    });

    private string Names => string.Join(", ", Parameters.Select(p => p.Name));

    private static string CSharpType(ValueKind kind) => kind switch
    {
        ValueKind.Integer => "int",
        ValueKind.Text => "string",
        ValueKind.Flag => "bool",
        ValueKind.Integers => "int[]",
        ValueKind.Texts => "string[]",
        _ => "int[][]",
    };

    private static string Indent(string text, int by) => string.Join('\n', text.Split('\n').Select(line => line.Length == 0 ? line : new string(' ', by) + line));
}
