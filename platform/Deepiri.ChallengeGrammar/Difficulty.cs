namespace Deepiri.ChallengeGrammar;

/// <summary>How hard a challenge is.</summary>
public enum Difficulty
{
    /// <summary>A few lines and one idea.</summary>
    Easy,

    /// <summary>Needs a data structure or a second idea.</summary>
    Medium,

    /// <summary>The obvious way is too slow or does not work.</summary>
    Hard,
}
