namespace Deepiri.Engagement.Accounts;

/// <summary>Achievements that an account has by its numbers.</summary>
internal static class Milestones
{
    private static readonly (string Name, Func<Account, bool> IsReached)[] s_all =
    [
        ("first_task", a => a.TasksCompleted >= 1),
        ("ten_tasks", a => a.TasksCompleted >= 10),
        ("hundred_tasks", a => a.TasksCompleted >= 100),
        ("first_challenge", a => a.ChallengesSolved >= 1),
        ("ten_challenges", a => a.ChallengesSolved >= 10),
        ("week_streak", a => a.Streak >= 7),
        ("level_5", a => a.Level >= 5),
        ("level_10", a => a.Level >= 10),
    ];

    /// <summary>What the account had, and what it has reached now; an achievement is never lost.</summary>
    public static IReadOnlyList<string> Of(Account account) =>
        [.. account.Achievements, .. s_all.Where(m => m.IsReached(account) && !account.Achievements.Contains(m.Name)).Select(m => m.Name)];
}
