namespace Deepiri.Contracts;

/// <summary>Where an answer of the AI service comes from.</summary>
public static class AnswerSources
{
    /// <summary>A model has made it.</summary>
    public const string Model = "model";

    /// <summary>A model has made it for an earlier request.</summary>
    public const string Cache = "cache";

    /// <summary>Rules have made it, because no model is there or it did not answer.</summary>
    public const string Rules = "rules";
}

/// <summary>A challenge as cyrex generates it, with all its secrets: between services only.</summary>
/// <param name="Title">One line.</param>
/// <param name="Description">What is asked, in Markdown.</param>
/// <param name="Topic">For example <c>arrays</c>.</param>
/// <param name="Difficulty">easy, medium or hard.</param>
/// <param name="Language">python, javascript or csharp.</param>
/// <param name="StarterCode">What the learner begins with: the function without its body.</param>
/// <param name="Solution">A solution that passes all tests.</param>
/// <param name="TestCases">What a solution is tested with.</param>
/// <param name="Tags">The topic and what else it practises.</param>
/// <param name="XpReward">What solving it earns.</param>
/// <param name="Source">One of <see cref="AnswerSources"/>.</param>
public sealed record GeneratedChallenge(string Title, string Description, string Topic, string Difficulty, string Language, string StarterCode, string Solution,
    IReadOnlyList<ChallengeTest> TestCases, IReadOnlyList<string> Tags, int XpReward, string Source);

/// <summary>A test of a challenge.</summary>
/// <param name="Input">The arguments: a JSON array on one line.</param>
/// <param name="ExpectedOutput">The result as JSON.</param>
/// <param name="Hidden">Whether the learner does not see it.</param>
public sealed record ChallengeTest(string Input, string ExpectedOutput, bool Hidden);
