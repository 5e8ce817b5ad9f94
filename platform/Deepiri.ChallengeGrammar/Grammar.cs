using System.Text.Json;
using Deepiri.Contracts;
using Deepiri.ChallengeGrammar.Topics;

namespace Deepiri.ChallengeGrammar;

/// <summary>Challenges without a text model: templates with drawn parameters.</summary>
public static class Grammar
{
    private const int Shown = 3;

    private static readonly ILookup<(string, Difficulty), ChallengeTemplate> s_templates = new[]
    {
        Arrays.All, Strings.All, Mathematics.All, HashMaps.All, Sorting.All, Recursion.All, DynamicProgramming.All, Graphs.All,
    }.SelectMany(t => t).ToLookup(t => (t.Topic, t.Difficulty));

    /// <summary>The topics there are challenges on, each in every difficulty.</summary>
    public static IReadOnlyList<string> Topics { get; } = [.. s_templates.Select(t => t.Key.Item1).Distinct()];

    /// <summary>Draws a challenge; the same seed gives the same one.</summary>
    /// <param name="topic">One of <see cref="Topics"/>.</param>
    /// <param name="language">One of <see cref="CodeExecution.ProgrammingLanguage"/>.</param>
    public static GeneratedChallenge Generate(string topic, Difficulty difficulty, string language, int seed)
    {
        var random = new Random(seed);
        var template = random.OneOf([.. s_templates[(topic, difficulty)]]);
        var draft = template.Draw(random);
        return new GeneratedChallenge(draft.Title, draft.Description, topic, difficulty.ToString().ToLowerInvariant(), language,
            draft.Signature.WriteStarter(language), draft.Signature.Write(language, draft.Solutions.In(language)),
            [.. draft.Inputs.Select((input, i) => new ChallengeTest(JsonSerializer.Serialize(input), JsonSerializer.Serialize(draft.Oracle(input)), Hidden: i >= Shown))],
            [topic, .. template.Tags], Rewards.XpFor(difficulty), AnswerSources.Rules);
    }
}
