using Deepiri.Contracts;

namespace Deepiri.ChallengeGrammar;

/// <summary>What to practise next.</summary>
/// <param name="SuccessProbability">How likely the learner is to succeed; null when rules have chosen.</param>
/// <param name="Source">One of <see cref="AnswerSources"/>.</param>
public sealed record Selection(string Topic, Difficulty Difficulty, double? SuccessProbability, string Source);

/// <summary>Chooses without a model: what the learner has practised least, as hard as their level suggests.</summary>
public static class SelectionRules
{
    private const int MediumFrom = 4;
    private const int HardFrom = 9;

    /// <summary>Chooses what is left open.</summary>
    /// <param name="level">The learner's level, from 1.</param>
    /// <param name="completedTopics">The topic of each challenge that they have solved.</param>
    public static Selection Choose(string? topic, Difficulty? difficulty, int? level, IReadOnlyList<string>? completedTopics)
    {
        var suggested = level >= HardFrom ? Difficulty.Hard : level >= MediumFrom ? Difficulty.Medium : Difficulty.Easy;
        var practised = (completedTopics ?? []).CountBy(t => t).ToDictionary(StringComparer.Ordinal);
        return new Selection(topic ?? Grammar.Topics.MinBy(t => practised.GetValueOrDefault(t))!, difficulty ?? suggested, null, AnswerSources.Rules);
    }
}
