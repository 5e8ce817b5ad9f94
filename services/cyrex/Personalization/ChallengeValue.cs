using Deepiri.ChallengeGrammar;

namespace Deepiri.Cyrex.Personalization;

/// <summary>What a learner has of a challenge: nothing when they fail, and the more the harder it was when they succeed.</summary>
internal static class ChallengeValue
{
    public static float Of(Difficulty difficulty, bool succeeded) => !succeeded ? 0 : difficulty switch
    {
        Difficulty.Easy => 0.4f,
        Difficulty.Medium => 0.7f,
        _ => 1,
    };
}
