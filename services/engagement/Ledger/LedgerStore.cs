using System.Globalization;
using Dapr.Client;
using Deepiri.Contracts;
using Deepiri.Engagement.Accounts;
using Deepiri.Engagement.Rules;
using Deepiri.ServiceDefaults.Http;
using Deepiri.ServiceDefaults.State;

namespace Deepiri.Engagement.Ledger;

/// <summary>
/// Each user's entries by number, from 1 without gaps; and by cause the note that there is an entry, which is what makes each happen once.
/// </summary>
internal sealed class LedgerStore(DaprClient dapr, GameRules rules)
{
    private const int BatchSize = 256;

    /// <summary>A user's account with its ETag (empty: there is none yet), and whether something was awarded already.</summary>
    public async Task<(Account Account, string ETag, bool IsAwarded)> FindAsync(string userId, string cause, CancellationToken cancellationToken)
    {
        var ((account, etag), (award, _)) = await dapr.GetTwoAsync<Account, Award>(AccountStore.Store, AccountStore.Key(userId), AwardKey(cause), cancellationToken);
        return (account ?? Account.New(userId), etag, award is not null);
    }

    /// <summary>Adds entries to a transaction, with the events that tell of them.</summary>
    public void Save(StateTransaction transaction, IReadOnlyList<LedgerEntry> entries, Account before, Account after, string? requestId)
    {
        var xp = before.Balance.Total.Xp;
        foreach (var entry in entries)
        {
            xp += entry.Points;
            transaction.Save(AwardKey(entry.Id), new Award(entry.UserId, entry.Number), "");
            if (entry.Achievement is { } id)
                transaction.Save(Key(entry.UserId, entry.Number), entry, "", EventTypes.AchievementUnlocked, new AchievementUnlocked(entry.UserId, id, entry.Reason, rules.Achievements.Find(a => a.Id == id)!.Description, entry.Points, entry.EarnedAt, requestId));
            else
                transaction.Save(Key(entry.UserId, entry.Number), entry, "", EventTypes.PointsAwarded, new PointsAwarded(entry.Id, entry.UserId, entry.Points, entry.Reason, xp, rules.Levels.Of(xp), entry.EarnedAt, requestId, Words<EntryKind>.Of(entry.Kind), entry.Number));
        }
        var level = rules.Levels.Of(after.Balance.Total.Xp);
        if (level > rules.Levels.Of(before.Balance.Total.Xp))
            transaction.Publish(EventTypes.LevelReached, new LevelReached(after.UserId, level, after.Balance.Total.Xp, entries[0].EarnedAt, requestId));
    }

    /// <summary>A user's entries with a number below one (all when there is none), the newest first.</summary>
    /// <param name="count">How many there are.</param>
    public async Task<Page<LedgerEntry>> PageAsync(string userId, int count, int limit, int? before, CancellationToken cancellationToken)
    {
        var last = Math.Min(count, (before ?? int.MaxValue) - 1);
        var first = Math.Max(1, last - limit + 1);
        var entries = await ReadAsync(userId, first, last, cancellationToken);
        return new Page<LedgerEntry>([.. entries.Reverse()], first > 1 && entries.Count > 0 ? first.ToString(CultureInfo.InvariantCulture) : null);
    }

    /// <summary>All of a user's entries in order, whatever the account says.</summary>
    public async Task<IReadOnlyList<LedgerEntry>> AllAsync(string userId, CancellationToken cancellationToken)
    {
        var entries = new List<LedgerEntry>();
        IReadOnlyList<LedgerEntry> batch;
        do
        {
            batch = await ReadAsync(userId, entries.Count + 1, entries.Count + BatchSize, cancellationToken);
            entries.AddRange(batch);
        }
        while (batch.Count == BatchSize);
        return entries;
    }

    private async Task<IReadOnlyList<LedgerEntry>> ReadAsync(string userId, int first, int last, CancellationToken cancellationToken)
    {
        if (last < first)
            return [];
        string[] keys = [.. Enumerable.Range(first, last - first + 1).Select(number => Key(userId, number))];
        var items = await dapr.GetBulkStateAsync<LedgerEntry?>(AccountStore.Store, keys, parallelism: null, cancellationToken: cancellationToken);
        return [.. items.Select(i => i.Value).OfType<LedgerEntry>().OrderBy(e => e.Number)];
    }

    private static string Key(string userId, int number) => $"ledger:{userId}:{number}";

    private static string AwardKey(string cause) => $"award:{cause}";

    /// <summary>The note that something was awarded.</summary>
    /// <param name="Number">The entry in the user's ledger.</param>
    private sealed record Award(string UserId, int Number);
}
