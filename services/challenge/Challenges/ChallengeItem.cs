using Deepiri.Contracts;

namespace Deepiri.Challenge.Challenges;

internal enum ChallengeState
{
    /// <summary>Stored by a generation that is still under way; nobody sees it.</summary>
    Draft,

    Published,

    /// <summary>Taken back, because its generation failed in the end.</summary>
    Withdrawn,
}

/// <summary>A challenge as the store keeps it.</summary>
/// <param name="GenerationId">The workflow that made it.</param>
/// <param name="UserId">For whom.</param>
internal sealed record ChallengeItem(string Id, string GenerationId, string UserId, ChallengeState State, GeneratedChallenge Content, DateTimeOffset CreatedAt);

/// <summary>A challenge as the API shows it: without its solution and its hidden tests.</summary>
/// <param name="HiddenTests">How many more tests there are.</param>
internal sealed record ChallengeView(string Id, string Title, string Description, string Topic, string Difficulty, string Language, string StarterCode,
    IReadOnlyList<TestView> TestCases, int HiddenTests, IReadOnlyList<string> Tags, int XpReward, string Source, DateTimeOffset CreatedAt)
{
    public static ChallengeView Of(ChallengeItem item)
    {
        var c = item.Content;
        return new(item.Id, c.Title, c.Description, c.Topic, c.Difficulty, c.Language, c.StarterCode, [.. c.TestCases.Where(t => !t.Hidden).Select(t => new TestView(t.Input, t.ExpectedOutput))],
            c.TestCases.Count(t => t.Hidden), c.Tags, c.XpReward, c.Source, item.CreatedAt);
    }
}

/// <summary>A test that the learner sees: a JSON array of arguments, and the result as JSON.</summary>
internal sealed record TestView(string Input, string ExpectedOutput);
