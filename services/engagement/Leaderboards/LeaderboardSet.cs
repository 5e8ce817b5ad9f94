using Dapr.Client;
using Deepiri.Engagement.Accounts;

namespace Deepiri.Engagement.Leaderboards;

internal enum LeaderboardPeriod
{
    Daily,
    Weekly,
    All,
}

/// <summary>One line of a leaderboard.</summary>
internal sealed record LeaderboardEntry(int Rank, string UserId, string? Username, long Xp);

/// <summary>
/// The leaderboards, in memory: a projection of the accounts, rebuilt from them at every start. One instance of this service
/// holds them; see docs/decisions/0005-leaderboards-in-memory.md.
/// </summary>
internal sealed class LeaderboardSet(AccountStore accounts, DaprClient dapr, TimeProvider time) : IHostedService
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (string? Name, DateTimeOffset NamedAt)> _names = new(StringComparer.Ordinal);
    private readonly RankedList _all = new();
    private readonly Board _daily = new();
    private readonly Board _weekly = new();

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await dapr.WaitForSidecarAsync(cancellationToken);
        await foreach (var account in accounts.AllAsync(cancellationToken))
            Update(account);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Takes over an account's points.</summary>
    public void Update(Account account)
    {
        lock (_lock)
        {
            if (!_names.TryGetValue(account.UserId, out var known) || known.NamedAt <= account.NamedAt)
                _names[account.UserId] = (account.Username, account.NamedAt);
            if (account.Xp == 0)
                return;
            _all.Set(new RankedEntry(account.Xp, account.XpReachedAt, account.UserId));
            var now = time.GetUtcNow();
            _daily.Set(account.Daily, Periods.DayOf(now), account.UserId);
            _weekly.Set(account.Weekly, Periods.WeekOf(now), account.UserId);
        }
    }

    /// <summary>The best, or with <paramref name="around"/> the places around a user.</summary>
    public IReadOnlyList<LeaderboardEntry> Top(LeaderboardPeriod period, int limit, string? around)
    {
        lock (_lock)
        {
            var board = BoardOf(period);
            var first = around is not null && board.RankOf(around) is { } rank ? Math.Max(1, rank - (limit / 2)) : 1;
            return [.. board.From(first, limit).Select(e => new LeaderboardEntry(e.Rank, e.Entry.UserId, _names.GetValueOrDefault(e.Entry.UserId).Name, e.Entry.Xp))];
        }
    }

    private RankedList BoardOf(LeaderboardPeriod period)
    {
        var now = time.GetUtcNow();
        return period switch
        {
            LeaderboardPeriod.Daily => _daily.In(Periods.DayOf(now)),
            LeaderboardPeriod.Weekly => _weekly.In(Periods.WeekOf(now)),
            _ => _all,
        };
    }

    /// <summary>The board of the current period; a new period begins with an empty one.</summary>
    private sealed class Board
    {
        private readonly RankedList _list = new();
        private string _period = "";

        public void Set(PeriodPoints points, string current, string userId)
        {
            if (points.Period == current)
                In(current).Set(new RankedEntry(points.Xp, points.ReachedAt, userId));
        }

        public RankedList In(string current)
        {
            if (_period != current)
            {
                _list.Clear();
                _period = current;
            }
            return _list;
        }
    }
}
