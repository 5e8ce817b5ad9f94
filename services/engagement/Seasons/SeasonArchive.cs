using Dapr.Client;
using Deepiri.Engagement.Accounts;
using Deepiri.Engagement.Leaderboards;
using Deepiri.Engagement.Ledger;
using Deepiri.Engagement.Rules;
using Deepiri.ServiceDefaults.State;

namespace Deepiri.Engagement.Seasons;

/// <summary>A user's result in a season.</summary>
internal sealed record Standing(string UserId, long Xp, DateTimeOffset ReachedAt);

/// <summary>How a season ended.</summary>
/// <param name="Standings">The best, in order.</param>
/// <param name="Participants">How many users had points when it was closed.</param>
/// <param name="IsComplete">Whether all accounts have been looked at.</param>
internal sealed record ArchivedSeason(string Id, DateTimeOffset Begin, DateTimeOffset End, IReadOnlyList<Standing> Standings, int Participants, bool IsComplete);

/// <summary>Seasons that are over. What happened in one counts for it, however late it becomes known.</summary>
internal sealed class SeasonArchive(DaprClient dapr, AccountStore accounts, GameRules rules, TimeProvider time)
{
    /// <summary>Without an outbox: nobody is told of seasons.</summary>
    private const string Store = "statestore";

    private const int Kept = 100;

    public Task<ArchivedSeason?> FindAsync(string id, CancellationToken cancellationToken) => dapr.GetStateAsync<ArchivedSeason?>(Store, Key(id), cancellationToken: cancellationToken);

    /// <summary>Takes over an account's points of a season that is over; one that is not closed yet will have them when it is.</summary>
    public async Task FollowAsync(Account account, Season season, CancellationToken cancellationToken)
    {
        if (season.Number < 1 || season.End > time.GetUtcNow() || account.Preferences.IsPrivate || Of(account, season) is not { } standing)
            return;
        if (await FindAsync(season.Id, cancellationToken) is not null)
            await ChangeAsync(season, archived => IsNews(archived, standing) ? archived with { Standings = Best([.. archived.Standings, standing]) } : archived, cancellationToken);
    }

    /// <summary>Closes a season, unless that was done. From its first line on late points are taken over, so that none falls between.</summary>
    public async Task CloseAsync(Season season, CancellationToken cancellationToken)
    {
        if (await FindAsync(season.Id, cancellationToken) is { IsComplete: true })
            return;
        await ChangeAsync(season, archived => archived, cancellationToken);
        IReadOnlyList<Standing> best = [];
        var participants = 0;
        await foreach (var batch in accounts.AllAsync(null, cancellationToken))
        {
            var found = batch.Where(a => !a.Preferences.IsPrivate).Select(a => Of(a, season)).OfType<Standing>().ToList();
            participants += found.Count;
            best = Best([.. best, .. found]);
        }
        await ChangeAsync(season, archived => archived with { Standings = Best([.. archived.Standings, .. best]), Participants = participants, IsComplete = true }, cancellationToken);
    }

    private Task ChangeAsync(Season season, Func<ArchivedSeason, ArchivedSeason> change, CancellationToken cancellationToken) => Contention.RetryAsync(async () =>
    {
        var (found, etag) = await dapr.GetStateAndETagAsync<ArchivedSeason?>(Store, Key(season.Id), cancellationToken: cancellationToken);
        var changed = change(found ?? new ArchivedSeason(season.Id, season.Begin, season.End, [], 0, false));
        return ReferenceEquals(changed, found) || await dapr.TrySaveAsync(Store, Key(season.Id), changed, etag, cancellationToken: cancellationToken);
    }, cancellationToken);

    /// <summary>Whether a standing changes anything: thousands of late ones must not all write the same item.</summary>
    private static bool IsNews(ArchivedSeason archived, Standing standing) => !archived.Standings.Any(s => s.UserId == standing.UserId && s.Xp >= standing.Xp)
        && (archived.Standings.Count < Kept || standing.Xp >= archived.Standings[^1].Xp);

    /// <summary>The best of some standings; of a user's several the newest, which has the most points.</summary>
    private static IReadOnlyList<Standing> Best(IReadOnlyList<Standing> standings) =>
        [.. standings.GroupBy(s => s.UserId).Select(g => g.MaxBy(s => s.Xp)!).OrderByDescending(s => s.Xp).ThenBy(s => s.ReachedAt).ThenBy(s => s.UserId, StringComparer.Ordinal).Take(Kept)];

    private static Standing? Of(Account account, Season season) =>
        account.Balance.Boards.TryGetValue(BoardKeys.OfSeason(season.Id), out var score) && score.Xp > 0 ? new Standing(account.UserId, score.Xp, score.ReachedAt) : null;

    private static string Key(string id) => $"season:{id}";

    /// <summary>Seasons that an account still knows its points of, and that are over.</summary>
    public IEnumerable<Season> Over()
    {
        var current = Season.At(time.GetUtcNow(), rules.Seasons).Number;
        return Enumerable.Range(Math.Max(1, current - BoardKeys.SeasonsKept + 1), Math.Max(0, Math.Min(current - 1, BoardKeys.SeasonsKept - 1))).Select(n => Season.Of(n, rules.Seasons));
    }
}
