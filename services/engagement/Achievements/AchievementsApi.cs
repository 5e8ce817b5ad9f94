using Deepiri.Engagement.Accounts;
using Deepiri.Engagement.Rules;
using Deepiri.Engagement.Streaks;
using Deepiri.ServiceDefaults.Identity;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.Engagement.Achievements;

/// <summary>What there is to achieve, and how far the caller is.</summary>
internal static class AchievementsApi
{
    public static void MapAchievements(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/api/gamification/achievements", ListAsync).WithTags("Gamification").WithSummary("All achievements with the caller's progress; hidden ones once they are unlocked");

    private static async Task<Ok<AchievementsView>> ListAsync(CurrentUser user, AccountStore accounts, GameRules rules, TimeProvider time, CancellationToken cancellationToken)
    {
        var (account, _) = await accounts.FindAsync(user.Id, cancellationToken);
        var streak = Streak.Of(account.Balance.ActiveDays, account.Preferences.Streak, rules.Streaks, account.Preferences.DayOf(time.GetUtcNow())).Longest;
        var shown = rules.Achievements.Select(a => (Rule: a, IsUnlocked: account.Balance.Achievements.Contains(a.Id))).Where(a => a.IsUnlocked || !a.Rule.Hidden);
        return TypedResults.Ok(new AchievementsView([.. shown.Select(a => new AchievementView(a.Rule.Id, a.Rule.Title, a.Rule.Description, a.Rule.Xp, a.IsUnlocked,
            a.IsUnlocked ? 1 : Math.Round(a.Rule.When.Average(w => Math.Min(1.0, (double)Metrics.Of(w.Key, account.Balance, streak, rules) / w.Value)), 2)))]));
    }

    /// <param name="Progress">From 0 to 1.</param>
    internal sealed record AchievementView(string Id, string Title, string Description, int Xp, bool Unlocked, double Progress);

    internal sealed record AchievementsView(IReadOnlyList<AchievementView> Items);
}
