namespace Deepiri.ChallengeGrammar;

/// <summary>What a challenge is worth.</summary>
public static class Rewards
{
    /// <summary>XP for solving one.</summary>
    public static int XpFor(Difficulty difficulty) => difficulty switch
    {
        Difficulty.Easy => 20,
        Difficulty.Medium => 45,
        _ => 90,
    };
}
