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

    public async Task<IReadOnlyList<string>> AddedAsync(string userId, CancellationToken cancellationToken) => (await FindAsync(userId, cancellationToken)).Added;

    /// <summary>A user's friends.</summary>
    public async Task<IReadOnlyList<string>> MutualAsync(string userId, CancellationToken cancellationToken) => await MutualAsync(userId, await AddedAsync(userId, cancellationToken), cancellationToken);

    /// <summary>Those of some users who have added a user, too.</summary>
    public async Task<IReadOnlyList<string>> MutualAsync(string userId, IReadOnlyList<string> added, CancellationToken cancellationToken)
    {
        if (added.Count == 0)
            return [];
        var lists = await dapr.GetBulkStateAsync<FriendList?>(AccountStore.Store, [.. added.Select(Key)], parallelism: null, cancellationToken: cancellationToken);
        return [.. lists.Select(l => l.Value).OfType<FriendList>().Where(l => l.Added.Contains(userId)).Select(l => l.UserId)];
    }

    /// <summary>Adds a user to another's list, and tells them.</summary>
    public Task AddAsync(string userId, string other, string? username, string? requestId, CancellationToken cancellationToken) => Contention.RetryAsync(async () =>
    {
        var (list, etag) = await FindWithETagAsync(userId, cancellationToken);
        if (list.Added.Contains(other))
            return true;
        if (list.Added.Count >= Most)
            throw ApiException.Validation("userId", $"At most {Most} friends.");
        var isMutual = (await AddedAsync(other, cancellationToken)).Contains(userId);
        return await transactions.TryCommitAsync(new StateTransaction(AccountStore.Store).Save(Key(userId), list with { Added = [.. list.Added, other] }, etag,
            EventTypes.FriendAdded, new FriendAdded(other, userId, username, isMutual, requestId)), cancellationToken);
    }, cancellationToken);

    /// <summary>Takes a user out of another's list.</summary>
    public Task RemoveAsync(string userId, string other, string? requestId, CancellationToken cancellationToken) => Contention.RetryAsync(async () =>
    {
        var (list, etag) = await FindWithETagAsync(userId, cancellationToken);
        return !list.Added.Contains(other) || await transactions.TryCommitAsync(new StateTransaction(AccountStore.Store).Save(Key(userId), list with { Added = [.. list.Added.Where(id => id != other)] }, etag,
            EventTypes.FriendRemoved, new FriendAdded(other, userId, null, false, requestId)), cancellationToken);
    }, cancellationToken);

    private async Task<FriendList> FindAsync(string userId, CancellationToken cancellationToken) => (await FindWithETagAsync(userId, cancellationToken)).List;

    private async Task<(FriendList List, string ETag)> FindWithETagAsync(string userId, CancellationToken cancellationToken)
    {
        var (list, etag) = await dapr.GetStateAndETagAsync<FriendList?>(AccountStore.Store, Key(userId), cancellationToken: cancellationToken);
        return (list ?? new FriendList(userId, []), etag);
    }

    private static string Key(string userId) => $"friends:{userId}";

    private sealed record FriendList(string UserId, IReadOnlyList<string> Added);
}
