using Deepiri.ChallengeGrammar;

namespace Deepiri.Cyrex.Challenges;

/// <summary>What to practise next, and how likely the learner is to succeed at it.</summary>
internal sealed record Selection(string Topic, Difficulty Difficulty, double? SuccessProbability, string Source);

/// <summary>Chooses a challenge by simple rules: what the learner has practised least, as hard as their level suggests.</summary>
internal static class SelectionRules
{
    private const int MediumFrom = 4;
    private const int HardFrom = 9;

    public static Selection Choose(ChallengeRequest request)
    {
        var level = request.UserProfile?.Level ?? 1;
        var difficulty = request.Difficulty ?? (level >= HardFrom ? Difficulty.Hard : level >= MediumFrom ? Difficulty.Medium : Difficulty.Easy);
        var practised = (request.UserProfile?.CompletedTopics ?? []).CountBy(t => t).ToDictionary(StringComparer.Ordinal);
        var topic = request.Topic ?? Grammar.Topics.MinBy(t => practised.GetValueOrDefault(t))!;
        return new Selection(topic, difficulty, null, Contracts.AnswerSources.Rules);
    }
}
