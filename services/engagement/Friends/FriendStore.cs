using Dapr.Client;
using Deepiri.Contracts;
using Deepiri.Engagement.Accounts;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.State;

namespace Deepiri.Engagement.Friends;

/// <summary>Whom each user has added. Two are friends when both have added each other, so nobody becomes one against their will.</summary>
internal sealed class FriendStore(DaprClient dapr, StateTransactions transactions)
{
    private const int Most = 500;

    private readonly OrderedIndex _added = new(dapr, "statestore", "friends");

    /// <summary>Whom a user has added, and whether each of them has added the user.</summary>
    public async Task<IReadOnlyList<(string UserId, bool IsMutual)>> OfAsync(string userId, CancellationToken cancellationToken)
    {
        var friends = new List<(string, bool)>();
        await foreach (var batch in _added.NewestFirstAsync(userId, null, cancellationToken))
        {
            var pairs = await dapr.GetBulkStateAsync<Pair?>(AccountStore.Store, [.. batch.SelectMany(other => new[] { Key(userId, other), Key(other, userId) })], parallelism: null, cancellationToken: cancellationToken);
            var there = pairs.Where(p => p.Value is { IsRemoved: false }).Select(p => p.Key).ToHashSet(StringComparer.Ordinal);
            friends.AddRange(batch.Where(other => there.Contains(Key(userId, other))).Select(other => (other, there.Contains(Key(other, userId)))));
        }
        return friends;
    }

    /// <summary>Adds a user to another's list, and tells them.</summary>
    public async Task AddAsync(string userId, string other, string? username, string? requestId, CancellationToken cancellationToken)
    {
        if ((await OfAsync(userId, cancellationToken)).Count >= Most)
            throw ApiException.Validation("userId", $"At most {Most} friends.");
        await _added.AddAsync(userId, other, cancellationToken);
        await Contention.RetryAsync(async () =>
        {
            var (pair, etag) = await FindAsync(userId, other, cancellationToken);
            if (pair is { IsRemoved: false })
                return true;
            var isMutual = (await FindAsync(other, userId, cancellationToken)).Pair is { IsRemoved: false };
            return await SaveAsync(new Pair(userId, other, false), etag, EventTypes.FriendAdded, new FriendAdded(other, userId, username, isMutual, requestId), cancellationToken);
        }, cancellationToken);
    }

    /// <summary>Takes a user out of another's list.</summary>
    public async Task RemoveAsync(string userId, string other, string? requestId, CancellationToken cancellationToken)
    {
        await Contention.RetryAsync(async () =>
        {
            var (pair, etag) = await FindAsync(userId, other, cancellationToken);
            return pair is null or { IsRemoved: true } || await SaveAsync(pair with { IsRemoved = true }, etag, EventTypes.FriendRemoved, new FriendAdded(other, userId, null, false, requestId), cancellationToken);
        }, cancellationToken);
        await _added.RemoveAsync(userId, other, cancellationToken);
        // Added again at the same moment.
        if ((await FindAsync(userId, other, cancellationToken)).Pair is { IsRemoved: false })
            await _added.AddAsync(userId, other, cancellationToken);
    }

    private Task<bool> SaveAsync(Pair pair, string etag, string eventType, FriendAdded told, CancellationToken cancellationToken) =>
        transactions.TryCommitAsync(new StateTransaction(AccountStore.Store, Topics.Engagement).Save(Key(pair.UserId, pair.Added), pair, etag, eventType, told), cancellationToken);

    private async Task<(Pair? Pair, string ETag)> FindAsync(string userId, string other, CancellationToken cancellationToken) =>
        await dapr.GetStateAndETagAsync<Pair?>(AccountStore.Store, Key(userId, other), cancellationToken: cancellationToken);

    private static string Key(string userId, string other) => $"friend:{userId}:{other}";

    /// <summary>That a user has added another.</summary>
    private sealed record Pair(string UserId, string Added, bool IsRemoved);
}
