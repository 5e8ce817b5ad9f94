namespace Deepiri.Engagement.Rules;

/// <summary>What the game gives for what; see <c>rules.yaml</c>, where each number is explained.</summary>
internal sealed record GameRules
{
    public int Version { get; init; }

    public LevelRules Levels { get; init; } = new();

    public TaskRules Tasks { get; init; } = new();

    public ChallengeRules Challenges { get; init; } = new();

    public QuestRules Quests { get; init; } = new();

    public StreakRules Streaks { get; init; } = new();

    public SeasonRules Seasons { get; init; } = new();

    public List<AchievementRule> Achievements { get; init; } = [];
}

internal sealed record LevelRules
{
    public int Step { get; init; }

    /// <summary>The XP with which a level begins.</summary>
    public long XpAt(int level) => Step * (long)level * (level - 1) / 2;

    public int Of(long xp)
    {
        // The root of step/2·n·(n−1) = xp, then corrected for rounding.
        var level = Math.Max(1, (int)((1 + Math.Sqrt(1 + (8.0 * xp / Step))) / 2));
        while (XpAt(level + 1) <= xp)
            level++;
        while (level > 1 && XpAt(level) > xp)
            level--;
        return level;
    }
}

internal sealed record TaskRules
{
    public int Points { get; init; }

    public Dictionary<string, int> Priority { get; init; } = [];

    public int MinutesPerPoint { get; init; }

    public int MostForEffort { get; init; }

    public double LateFactor { get; init; }

    public int DailyCap { get; init; }

    /// <summary>What a completed task is worth.</summary>
    /// <param name="isLate">Whether it was completed after it was due.</param>
    public int For(string priority, int? estimateMinutes, bool isLate)
    {
        var full = Points + Priority.GetValueOrDefault(priority) + Math.Clamp((estimateMinutes ?? 0) / MinutesPerPoint, 0, MostForEffort);
        return isLate ? (int)Math.Round(full * LateFactor, MidpointRounding.AwayFromZero) : full;
    }
}

internal sealed record ChallengeRules
{
    public List<double> Attempts { get; init; } = [];

    public int DailyCap { get; init; }

    /// <summary>What a challenge with a reward is worth when it is solved at an attempt, from 1.</summary>
    public int For(int reward, int attempt) => (int)Math.Round(reward * Attempts[Math.Clamp(attempt, 1, Attempts.Count) - 1], MidpointRounding.AwayFromZero);
}

internal sealed record QuestRules
{
    public int XpPerCount { get; init; }

    public double Share { get; init; }

    public int MostReward { get; init; }

    public int DailyCap { get; init; }

    /// <summary>What each member who has added something gets when a target is reached.</summary>
    /// <param name="isXp">Whether the target is XP; else it is a number of tasks or challenges.</param>
    public int For(long target, bool isXp) => (int)Math.Min(MostReward, Math.Floor(target * (isXp ? 1 : XpPerCount) * Share));
}

internal sealed record StreakRules
{
    public int DaysPerFreeze { get; init; }

    public int MostFreezes { get; init; }
}

internal sealed record SeasonRules
{
    public DateOnly Begin { get; init; }

    public int Months { get; init; }
}

internal sealed record AchievementRule
{
    public string Id { get; init; } = "";

    public string Title { get; init; } = "";

    public string Description { get; init; } = "";

    /// <summary>The least that each of these numbers has to be.</summary>
    public Dictionary<string, long> When { get; init; } = [];

    public int Xp { get; init; }

    public bool Hidden { get; init; }
}
