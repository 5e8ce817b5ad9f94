using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Dapr.Client;
using Deepiri.Contracts;
using Deepiri.Engagement.Rules;
using Deepiri.ServiceDefaults.State;

namespace Deepiri.Engagement.Accounts;

/// <summary>Accounts by user, and all of them. Only a user's <see cref="AccountActor"/> writes their account.</summary>
internal sealed class AccountStore(DaprClient dapr, StateTransactions transactions, GameRules rules)
{
    /// <summary>With the outbox to <see cref="Topics.Engagement"/>.</summary>
    public const string Store = "engagementstore";

    /// <summary>Into how many lists all accounts are divided, so that none of them grows too long, and newcomers do not all write the same one.</summary>
    private const int Shards = 64;

    private readonly OrderedIndex _index = new(dapr, "statestore", "accounts");

    /// <summary>A user's account with its ETag; a user without one gets an empty one.</summary>
    public async Task<(Account Account, string ETag)> FindAsync(string userId, CancellationToken cancellationToken)
    {
        var (account, etag) = await dapr.GetStateAndETagAsync<Account?>(Store, Key(userId), cancellationToken: cancellationToken);
        return (account ?? Account.New(userId), etag);
    }

    /// <summary>Those accounts of some users that there are.</summary>
    public async Task<IReadOnlyList<Account>> FindAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken) => userIds.Count == 0 ? []
        : [.. (await dapr.GetBulkStateAsync<Account?>(Store, [.. userIds.Select(Key)], parallelism: null, cancellationToken: cancellationToken)).Select(i => i.Value).OfType<Account>()];

    /// <summary>Saves an account together with what else a transaction has; false when somebody else was faster.</summary>
    public async Task<bool> TrySaveAsync(StateTransaction transaction, Account account, string etag, string? requestId, CancellationToken cancellationToken)
    {
        // Before it is written for the first time: AllAsync has to find it.
        if (etag.Length == 0)
            await _index.AddAsync(ShardOf(account.UserId), account.UserId, cancellationToken);
        var total = account.Balance.Total.Xp;
        transaction.Save(Key(account.UserId), account with { Revision = account.Revision + 1 }, etag, EventTypes.AccountUpdated, new AccountUpdated(account.UserId, account.Username, total, rules.Levels.Of(total), requestId, !account.Preferences.IsPrivate));
        return await transactions.TryCommitAsync(transaction, cancellationToken);
    }

    /// <summary>All accounts in batches, or those after one of them.</summary>
    public async IAsyncEnumerable<IReadOnlyList<Account>> AllAsync(string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var first = after is null ? 0 : NumberOf(after);
        for (var shard = first; shard < Shards; shard++)
            await foreach (var batch in _index.NewestFirstAsync(Name(shard), shard == first ? after : null, cancellationToken))
                yield return [.. (await FindAsync(batch, cancellationToken)).OrderByDescending(a => a.UserId, StringComparer.Ordinal)];
    }

    /// <summary>The list that an account is on.</summary>
    public static string ShardOf(string userId) => Name(NumberOf(userId));

    private static int NumberOf(string userId) => SHA256.HashData(Encoding.UTF8.GetBytes(userId))[0] % Shards;

    private static string Name(int shard) => $"everyone-{shard:00}";

    /// <summary>The key of a user's account.</summary>
    public static string Key(string userId) => $"account:{userId}";
}
