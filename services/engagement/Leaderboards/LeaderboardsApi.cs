using Deepiri.Engagement.Accounts;
using Deepiri.Engagement.Friends;
using Deepiri.Engagement.Ledger;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Http;
using Deepiri.ServiceDefaults.Identity;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.Engagement.Leaderboards;

internal enum LeaderboardScope
{
    Public,
    Friends,
}

/// <summary>Leaderboards over HTTP.</summary>
internal static class LeaderboardsApi
{
    private const int DefaultLimit = 10;
    private const int MostEntries = 100;
    private const int LongestTopic = 50;

    public static IServiceCollection AddLeaderboards(this IServiceCollection services) =>
        services.AddSingleton<LeaderboardSet>().AddHostedService(provider => provider.GetRequiredService<LeaderboardSet>());

    public static void MapLeaderboards(this IEndpointRouteBuilder endpoints) => endpoints.MapGet("/api/gamification/leaderboard", GetAsync).WithTags("Gamification")
        .WithSummary("A leaderboard: period=daily|weekly|monthly|season|all or topic, scope=public|friends, the top or around=me");

    private static async Task<Ok<LeaderboardView>> GetAsync(string? period, string? topic, string? scope, int? limit, string? around, CurrentUser user, LeaderboardSet boards, BoardKeys keys, AccountStore accounts, FriendStore friends, TimeProvider time, CancellationToken cancellationToken)
    {
        var faults = new Dictionary<string, string[]>();
        var wanted = Words<LeaderboardPeriod>.Parse(period, "period", faults) ?? LeaderboardPeriod.All;
        var within = Words<LeaderboardScope>.Parse(scope, "scope", faults) ?? LeaderboardScope.Public;
        if (limit is < 1 or > MostEntries)
            faults["limit"] = [$"Between 1 and {MostEntries}."];
        if (around is not (null or "me"))
            faults["around"] = ["me, or leave it out."];
        if (topic is { Length: 0 or > LongestTopic } || (topic is not null && wanted != LeaderboardPeriod.All))
            faults["topic"] = ["The topic of a challenge; its board is that of all times."];
        if (faults.Count > 0)
            throw ApiException.Validation(faults);

        var key = topic is null ? keys.Of(wanted, time.GetUtcNow()) : BoardKeys.OfTopic(topic);
        var size = limit ?? DefaultLimit;
        var (items, mine, total) = within == LeaderboardScope.Friends
            ? Among(await accounts.FindAsync([user.Id, .. (await friends.OfAsync(user.Id, cancellationToken)).Where(f => f.IsMutual).Select(f => f.UserId)], cancellationToken), key, user.Id, size, around)
            : Public(boards, key, user.Id, size, around);
        return TypedResults.Ok(new LeaderboardView(wanted, topic, within, items, mine, total));
    }

    /// <summary>From memory: it touches no store.</summary>
    private static (IReadOnlyList<LeaderboardEntry> Items, LeaderboardEntry? Mine, int Total) Public(LeaderboardSet boards, string key, string userId, int size, string? around)
    {
        var rank = boards.RankOf(key, userId);
        var places = boards.From(key, First(rank, size, around), size);
        var entries = places.Select(Entry).ToList();
        var mine = entries.Find(e => e.UserId == userId) ?? (rank is null ? null : boards.From(key, rank.Value, 1).Select(Entry).FirstOrDefault(e => e.UserId == userId));
        return (entries, mine, boards.CountOf(key));
    }

    private static LeaderboardEntry Entry(Place place) => new(place.Rank, place.UserId, place.Username, place.Xp);

    private static (IReadOnlyList<LeaderboardEntry> Items, LeaderboardEntry? Mine, int Total) Among(IReadOnlyList<Account> accounts, string key, string userId, int size, string? around)
    {
        var ranked = accounts.Select(a => (Account: a, Score: key == BoardKeys.All ? a.Balance.Total : a.Balance.Boards.GetValueOrDefault(key, Score.None))).Where(a => a.Score.Xp > 0)
            .OrderByDescending(a => a.Score.Xp).ThenBy(a => a.Score.ReachedAt).ThenBy(a => a.Account.UserId, StringComparer.Ordinal)
            .Select((a, i) => new LeaderboardEntry(i + 1, a.Account.UserId, a.Account.Username, a.Score.Xp)).ToList();
        var mine = ranked.Find(e => e.UserId == userId);
        return ([.. ranked.Skip(First(mine?.Rank, size, around) - 1).Take(size)], mine, ranked.Count);
    }

    private static int First(int? rank, int size, string? around) => around is not null && rank is { } mine ? Math.Max(1, mine - (size / 2)) : 1;

    /// <summary>One line of a leaderboard.</summary>
    internal sealed record LeaderboardEntry(int Rank, string UserId, string? Username, long Xp);

    /// <param name="Me">The caller's own line; null when they have no points on this board, or stay away from public ones.</param>
    /// <param name="Total">How many users are on the board.</param>
    internal sealed record LeaderboardView(LeaderboardPeriod Period, string? Topic, LeaderboardScope Scope, IReadOnlyList<LeaderboardEntry> Items, LeaderboardEntry? Me, int Total);
}
