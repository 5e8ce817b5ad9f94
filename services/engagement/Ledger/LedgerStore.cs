using System.Globalization;
using Dapr.Client;
using Deepiri.Contracts;
using Deepiri.Engagement.Accounts;
using Deepiri.Engagement.Rules;
using Deepiri.ServiceDefaults.Http;
using Deepiri.ServiceDefaults.State;

namespace Deepiri.Engagement.Ledger;

/// <summary>Entries by their cause, which is what makes each happen once; and each user's entries in order.</summary>
internal sealed class LedgerStore(DaprClient dapr, GameRules rules)
{
    private const char Separator = '|';

    private readonly OrderedIndex _index = new(dapr, "statestore", "ledger");

    public Task<LedgerEntry?> FindAsync(string id, CancellationToken cancellationToken) =>
        dapr.GetStateAsync<LedgerEntry?>(AccountStore.Store, Key(id), cancellationToken: cancellationToken);

    /// <summary>Makes sure that <see cref="PageAsync"/> finds the entries, before they are written.</summary>
    public Task RegisterAsync(IReadOnlyList<LedgerEntry> entries, CancellationToken cancellationToken) =>
        _index.AddAsync(entries[0].UserId, [.. entries.Select(IndexId)], cancellationToken);

    /// <summary>Adds entries to a transaction, with the events that tell of them.</summary>
    public void Save(StateTransaction transaction, IReadOnlyList<LedgerEntry> entries, Account before, Account after, string? requestId)
    {
        var xp = before.Balance.Total.Xp;
        foreach (var entry in entries)
        {
            xp += entry.Points;
            if (entry.Achievement is { } id)
                transaction.Save(Key(entry.Id), entry, "", EventTypes.AchievementUnlocked, new AchievementUnlocked(entry.UserId, id, entry.Reason, rules.Achievements.Find(a => a.Id == id)!.Description, entry.Points, entry.EarnedAt, requestId));
            else
                transaction.Save(Key(entry.Id), entry, "", EventTypes.PointsAwarded, new PointsAwarded(entry.Id, entry.UserId, entry.Points, entry.Reason, xp, rules.Levels.Of(xp), entry.EarnedAt, requestId, Words<EntryKind>.Of(entry.Kind), entry.Number));
        }
        var level = rules.Levels.Of(after.Balance.Total.Xp);
        if (level > rules.Levels.Of(before.Balance.Total.Xp))
        {
            // The entry makes it once for each change, whatever is rebuilt.
            var reached = new LevelReached(after.UserId, level, after.Balance.Total.Xp, entries[0].EarnedAt, requestId);
            transaction.Save($"level:{entries[0].Id}", reached, "", EventTypes.LevelReached, reached);
        }
    }

    /// <summary>A user's entries, the newest first.</summary>
    public async Task<Page<LedgerEntry>> PageAsync(string userId, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var entries = new List<LedgerEntry>();
        await foreach (var batch in _index.NewestFirstAsync(userId, cursor, cancellationToken))
        {
            entries.AddRange(await ReadAsync(batch, cancellationToken));
            if (entries.Count > limit)
                break;
        }
        return entries.Count > limit ? new Page<LedgerEntry>(entries[..limit], IndexId(entries[limit - 1])) : new Page<LedgerEntry>(entries, null);
    }

    /// <summary>All of a user's entries in order.</summary>
    public async Task<IReadOnlyList<LedgerEntry>> AllAsync(string userId, CancellationToken cancellationToken)
    {
        var entries = new List<LedgerEntry>();
        await foreach (var batch in _index.NewestFirstAsync(userId, null, cancellationToken))
            entries.AddRange(await ReadAsync(batch, cancellationToken));
        entries.Reverse();
        return entries;
    }

    /// <summary>An entry whose number is not the one in the index was registered twice, and stands at its own place.</summary>
    private async Task<IEnumerable<LedgerEntry>> ReadAsync(IReadOnlyList<string> batch, CancellationToken cancellationToken)
    {
        var items = await dapr.GetBulkStateAsync<LedgerEntry?>(AccountStore.Store, [.. batch.Select(id => Key(id[(id.IndexOf(Separator, StringComparison.Ordinal) + 1)..])).Distinct()], parallelism: null, cancellationToken: cancellationToken);
        var registered = batch.ToHashSet(StringComparer.Ordinal);
        return items.Select(i => i.Value).OfType<LedgerEntry>().Where(e => registered.Contains(IndexId(e))).OrderByDescending(e => e.Number);
    }

    private static string IndexId(LedgerEntry entry) => $"{entry.Number.ToString("D9", CultureInfo.InvariantCulture)}{Separator}{entry.Id}";

    private static string Key(string id) => $"award:{id}";
}
