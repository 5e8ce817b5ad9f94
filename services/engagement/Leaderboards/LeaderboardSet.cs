using Dapr.Client;
using Deepiri.Engagement.Accounts;

namespace Deepiri.Engagement.Leaderboards;

/// <summary>A place on a board.</summary>
internal sealed record Place(int Rank, string UserId, string? Username, long Xp);

/// <summary>
/// The leaderboards, in memory: a projection of the accounts, rebuilt from them at every start. One instance of this service
/// holds them; see docs/decisions/0005-leaderboards-in-memory.md.
/// </summary>
internal sealed class LeaderboardSet(AccountStore accounts, BoardKeys keys, DaprClient dapr, TimeProvider time) : IHostedService
{
    private readonly Lock _lock = new();
    private readonly UserTable _users = new();
    private readonly PagedArray<int> _revisions = new();
    private readonly PagedArray<string> _names = new();
    private readonly Dictionary<string, RankedList> _boards = new(StringComparer.Ordinal);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await dapr.WaitForSidecarAsync(cancellationToken);
        await foreach (var batch in accounts.AllAsync(null, cancellationToken))
            foreach (var account in batch)
                Update(account);
        // A million accounts were read and are needed no more.
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Takes over an account, unless a newer state of it is known.</summary>
    public void Update(Account account)
    {
        lock (_lock)
        {
            var user = _users.Add(account.UserId);
            if (_revisions[user] > account.Revision)
                return;
            _revisions[user] = account.Revision;
            _names[user] = account.Username;
            if (account.Preferences.IsPrivate)
            {
                foreach (var board in _boards.Values)
                    board.Remove(user);
                return;
            }
            // What a rebuilt account has no points for any more.
            foreach (var (key, board) in _boards)
                if (key != BoardKeys.All && !account.Balance.Boards.ContainsKey(key))
                    board.Remove(user);
            var now = time.GetUtcNow();
            Board(BoardKeys.All).Set(user, account.Balance.Total.Xp, account.Balance.Total.ReachedAt.UtcTicks);
            foreach (var (key, score) in account.Balance.Boards)
                if (keys.IsLive(key, now))
                    Board(key).Set(user, score.Xp, score.ReachedAt.UtcTicks);
        }
    }

    /// <summary>Places from a rank on, from 1.</summary>
    public IReadOnlyList<Place> From(string key, int rank, int count)
    {
        lock (_lock)
            return _boards.TryGetValue(key, out var board) ? [.. board.From(rank, count).Select(e => new Place(e.Rank, _users.IdOf(e.Entry.User), _names[e.Entry.User], e.Entry.Xp))] : [];
    }

    /// <summary>A user's rank from 1; null when they are not on the board.</summary>
    public int? RankOf(string key, string userId)
    {
        lock (_lock)
            return _boards.TryGetValue(key, out var board) && _users.Find(userId) is { } user ? board.RankOf(user) : null;
    }

    /// <summary>How many users are on a board.</summary>
    public int CountOf(string key)
    {
        lock (_lock)
            return _boards.TryGetValue(key, out var board) ? board.Count : 0;
    }

    private RankedList Board(string key)
    {
        if (_boards.TryGetValue(key, out var known))
            return known;
        // With the first of a new period those of the old ones go.
        var now = time.GetUtcNow();
        foreach (var over in _boards.Keys.Where(k => !keys.IsLive(k, now)).ToList())
            _boards.Remove(over);
        return _boards[key] = new RankedList(_users);
    }
}
