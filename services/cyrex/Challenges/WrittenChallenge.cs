using System.Text.Json;
using Deepiri.ChallengeGrammar;
using Deepiri.Contracts;

namespace Deepiri.Cyrex.Challenges;

/// <summary>A challenge as a text model writes it. Whatever it claims is checked: shape and sizes here, the solution by running it.</summary>
internal sealed record WrittenChallenge(string? Title, string? Description, string? StarterCode, string? Solution, IReadOnlyList<WrittenTest>? Tests, IReadOnlyList<string>? Tags)
{
    private const int Shown = 3;
    private const int FewestTests = 5;
    private const int MostTests = 20;
    private const int LongestTitle = 120;
    private const int LongestCode = 5000;
    private const int LongestTest = 2000;
    private const int MostTags = 5;

    /// <summary>What to ask a model for.</summary>
    public static string Instruction(string language) => $$"""
        You write programming challenges. Answer with one JSON object and nothing else:
        {"title": "...", "description": "Markdown", "starterCode": "the function without its body", "solution": "a correct solution", "tests": [{"input": [arguments], "expectedOutput": result}, ...], "tags": ["..."]}
        There are 8 tests, edge cases among them; inputs and results are JSON. The solution is in {{language}} and {{language switch
        {
            "csharp" => "is a class 'public static class Solution' with a method 'public static ... Solve(...)'",
            "python" => "defines a function 'solve'",
            _ => "declares 'function solve(...)'",
        }}}. It needs no input, output or packages, and runs in well under a second.
        """;

    /// <summary>The challenge that a model's answer is; null when it is none.</summary>
    public static GeneratedChallenge? Read(string answer, Selection selection, string language)
    {
        // Models like to put JSON into a fence, or a sentence before it.
        var (start, end) = (answer.IndexOf('{'), answer.LastIndexOf('}'));
        if (start < 0 || end < start)
            return null;
        try
        {
            return JsonSerializer.Deserialize<WrittenChallenge>(answer[start..(end + 1)], JsonSerializerOptions.Web)?.Checked(selection, language);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private GeneratedChallenge? Checked(Selection selection, string language)
    {
        if (string.IsNullOrWhiteSpace(Title) || string.IsNullOrWhiteSpace(Description) || string.IsNullOrWhiteSpace(StarterCode) || string.IsNullOrWhiteSpace(Solution) || Tests is null)
            return null;
        var tests = Tests.Where(t => t?.Input.ValueKind == JsonValueKind.Array && t.ExpectedOutput.ValueKind != JsonValueKind.Undefined)
            .Select(t => (Input: JsonSerializer.Serialize(t.Input), Output: JsonSerializer.Serialize(t.ExpectedOutput))).Where(t => t.Input.Length + t.Output.Length <= LongestTest).Take(MostTests).ToList();
        if (tests.Count < FewestTests || Title.Length > LongestTitle || Description.Length > LongestCode || StarterCode.Length > LongestCode || Solution.Length > LongestCode || StarterCode.Trim() == Solution.Trim())
            return null;
        return new GeneratedChallenge(Title.Trim(), Description.Trim(), selection.Topic, selection.Difficulty.ToString().ToLowerInvariant(), language, StarterCode, Solution,
            [.. tests.Select((t, i) => new ChallengeTest(t.Input, t.Output, Hidden: i >= Shown))],
            [.. (Tags ?? []).Where(t => !string.IsNullOrWhiteSpace(t) && t.Length <= 50).Take(MostTags).Prepend(selection.Topic).Distinct()], Rewards.XpFor(selection.Difficulty), AnswerSources.Model);
    }
}

/// <summary>A test as a text model writes it.</summary>
internal sealed record WrittenTest(JsonElement Input, JsonElement ExpectedOutput);
