using Deepiri.Engagement.Ledger;
using Deepiri.Engagement.Rules;

namespace Deepiri.Engagement.Achievements;

/// <summary>The numbers that achievements ask for.</summary>
internal static class Metrics
{
    private const string SolvedIn = "solvedIn.";

    private static readonly string[] s_names = ["tasksCompleted", "challengesSolved", "xp", "level", "streak", "topicsSolved"];

    public static string Names => $"{string.Join(", ", s_names)}, {SolvedIn}<topic>";

    public static bool IsKnown(string metric) => s_names.Contains(metric) || (metric.StartsWith(SolvedIn, StringComparison.Ordinal) && metric.Length > SolvedIn.Length);

    public static long Of(string metric, Balance balance, int streak, GameRules rules) => metric switch
    {
        "tasksCompleted" => balance.TasksCompleted,
        "challengesSolved" => balance.ChallengesSolved,
        "xp" => balance.Total.Xp,
        "level" => rules.Levels.Of(balance.Total.Xp),
        "streak" => streak,
        "topicsSolved" => balance.SolvedIn.Count,
        _ => balance.SolvedIn.GetValueOrDefault(metric[SolvedIn.Length..]),
    };

    /// <summary>Whether an achievement is reached.</summary>
    public static bool IsReached(AchievementRule rule, Balance balance, int streak, GameRules rules) => rule.When.All(w => Of(w.Key, balance, streak, rules) >= w.Value);
}
