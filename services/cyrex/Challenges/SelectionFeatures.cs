using Deepiri.ChallengeGrammar;
using Deepiri.Cyrex.Models;

namespace Deepiri.Cyrex.Challenges;

/// <summary>How often a learner has tried something, and with what success.</summary>
public readonly record struct Tries(int Attempts, int Successes)
{
    /// <summary>The share of successes, drawn towards a half while there are few tries.</summary>
    public float Rate => (Successes + 1f) / (Attempts + 2f);

    public Tries With(bool succeeded) => new(Attempts + 1, Successes + (succeeded ? 1 : 0));
}

/// <summary>What is known of a learner's tries.</summary>
/// <param name="Recent">The last tries of all, the newest last; at most <see cref="SelectionFeatures.Remembered"/>.</param>
public sealed record LearnerHistory(int Level, IReadOnlyDictionary<string, Tries> ByTopic, IReadOnlyDictionary<Difficulty, Tries> ByDifficulty, IReadOnlyList<bool> Recent)
{
    /// <summary>Somebody of whom only the level is known.</summary>
    public static LearnerHistory Of(int level) => new(level, new Dictionary<string, Tries>(), new Dictionary<Difficulty, Tries>(), []);
}

/// <summary>A learner and a challenge as the selection model sees them.</summary>
internal static class SelectionFeatures
{
    public const int Remembered = 10;

    private static readonly int s_topics = Grammar.Topics.Count;
    private static readonly int s_difficulties = Enum.GetValues<Difficulty>().Length;

    public static int Count { get; } = 8 + s_topics + s_difficulties;

    public static void Write(LearnerHistory learner, string topic, Difficulty difficulty, Span<float> into)
    {
        into.Clear();
        var onTopic = learner.ByTopic.GetValueOrDefault(topic);
        var atDifficulty = learner.ByDifficulty.GetValueOrDefault(difficulty);
        var all = learner.ByTopic.Values.Aggregate(default(Tries), (sum, t) => new Tries(sum.Attempts + t.Attempts, sum.Successes + t.Successes));
        into[0] = MathF.Log(learner.Level) / 3;
        into[1] = MathF.Log(1 + onTopic.Attempts) / 3;
        into[2] = onTopic.Rate * 2 - 1;
        into[3] = MathF.Log(1 + atDifficulty.Attempts) / 3;
        into[4] = atDifficulty.Rate * 2 - 1;
        into[5] = MathF.Log(1 + all.Attempts) / 4;
        into[6] = all.Rate * 2 - 1;
        into[7] = new Tries(learner.Recent.Count, learner.Recent.Count(r => r)).Rate * 2 - 1;
        into[8 + Labels.IndexOf(Grammar.Topics, topic)] = 1;
        into[8 + s_topics + (int)difficulty] = 1;
    }
}
