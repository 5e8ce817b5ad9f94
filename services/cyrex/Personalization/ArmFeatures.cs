using Deepiri.ChallengeGrammar;
using Deepiri.Cyrex.Models;

namespace Deepiri.Cyrex.Personalization;

/// <summary>A choice as the bandit sees it: what the selection model expects of it, and what of the learner's own the model cannot know.</summary>
internal static class ArmFeatures
{
    private static readonly int s_topics = Grammar.Topics.Count;

    public static int Count { get; } = 3 + s_topics + Enum.GetValues<Difficulty>().Length;

    /// <param name="probability">Of success, as the selection model sees it.</param>
    public static float[] Of(string topic, Difficulty difficulty, float probability)
    {
        var features = new float[Count];
        features[0] = 1;
        features[1] = probability;
        features[2] = probability * ChallengeValue.Of(difficulty, succeeded: true);
        features[3 + Labels.IndexOf(Grammar.Topics, topic)] = 0.5f;
        features[3 + s_topics + (int)difficulty] = 0.5f;
        return features;
    }
}
