using Deepiri.Engagement.Accounts;
using Deepiri.Engagement.Achievements;
using Deepiri.Engagement.Leaderboards;
using Deepiri.Engagement.Rules;
using Deepiri.Engagement.Seasons;
using Deepiri.Engagement.Streaks;

namespace Deepiri.Engagement.Ledger;

/// <summary>Turns what was earned into entries of the ledger: within the cap of the day, and with the achievements that it unlocks.</summary>
internal sealed class Posting(GameRules rules, BoardKeys keys)
{
    public IReadOnlyList<LedgerEntry> Post(Account account, Earned earned)
    {
        var (balance, day) = (account.Balance, account.Preferences.DayOf(earned.EarnedAt));
        var entries = new List<LedgerEntry>();
        void Add(string id, EntryKind kind, int points, int worth, string reason, string? topic, string? achievement)
        {
            var entry = new LedgerEntry(id, account.UserId, balance.Entries + 1, kind, points, worth, reason, topic, earned.EventId, earned.EarnedAt, day, rules.Version, Season.At(earned.EarnedAt, rules.Seasons).Id, achievement);
            balance = balance.With(entry, keys);
            entries.Add(entry);
        }

        Add(earned.Id, earned.Kind, Capped(balance, earned), earned.Points, earned.Reason, earned.Topic, null);
        // The XP of one achievement may unlock another.
        while (Reached(account, balance) is { } next)
            Add(IdOf(account.UserId, next.Id), EntryKind.Achievement, next.Xp, next.Xp, next.Title, null, next.Id);
        return entries;
    }

    private AchievementRule? Reached(Account account, Balance balance)
    {
        var latest = balance.ActiveDays.Ranges.Count == 0 ? default : DateOnly.FromDayNumber(balance.ActiveDays.Ranges[^1].To);
        // The longest there was: which day became known last makes no difference.
        var streak = Streak.Of(balance.ActiveDays, account.Preferences.Streak, rules.Streaks, latest).Longest;
        return rules.Achievements.Find(a => !balance.Achievements.Contains(a.Id) && Metrics.IsReached(a, balance, streak, rules));
    }

    private int Capped(Balance balance, Earned earned)
    {
        if (balance.IsForgotten(earned.EarnedAt))
            return 0;
        var cap = earned.Kind switch { EntryKind.Task => rules.Tasks.DailyCap, EntryKind.Challenge => rules.Challenges.DailyCap, EntryKind.Quest => rules.Quests.DailyCap, _ => int.MaxValue };
        return Math.Clamp(cap - balance.CappedOn(earned.Kind, earned.EarnedAt), 0, Math.Max(0, earned.Points));
    }

    private static string IdOf(string userId, string achievement) => $"achievement:{userId}:{achievement}";
}
