using Deepiri.ChallengeGrammar;
using Deepiri.Cyrex.Challenges;

namespace Deepiri.Cyrex.Personalization;

/// <summary>A try of a learner at a challenge.</summary>
/// <param name="Id">The submission; the same one counts once.</param>
public sealed record Observation(string Id, string Topic, Difficulty Difficulty, bool Succeeded);

/// <summary>What the platform has learned of a learner.</summary>
/// <param name="Seen">The last observations, by which one that is delivered again is known.</param>
public sealed record LearnerState(Dictionary<string, Tries> ByTopic, Dictionary<Difficulty, Tries> ByDifficulty, List<bool> Recent, LinUcb Bandit, List<string> Seen)
{
    private const int Remembered = 200;

    public static LearnerState New => new([], [], [], LinUcb.Empty(ArmFeatures.Count), []);

    public LearnerHistory HistoryAt(int level) => new(level, ByTopic, ByDifficulty, Recent);

    /// <summary>This one, after a try.</summary>
    /// <param name="probability">Of success, as the selection model saw it before.</param>
    public LearnerState With(Observation seen, float probability)
    {
        if (Seen.Contains(seen.Id))
            return this;
        return new LearnerState(
            new(ByTopic) { [seen.Topic] = ByTopic.GetValueOrDefault(seen.Topic).With(seen.Succeeded) },
            new(ByDifficulty) { [seen.Difficulty] = ByDifficulty.GetValueOrDefault(seen.Difficulty).With(seen.Succeeded) },
            [.. Recent.Append(seen.Succeeded).TakeLast(SelectionFeatures.Remembered)],
            Bandit.With(ArmFeatures.Of(seen.Topic, seen.Difficulty, probability), ChallengeValue.Of(seen.Difficulty, seen.Succeeded)),
            [.. Seen.Append(seen.Id).TakeLast(Remembered)]);
    }
}
