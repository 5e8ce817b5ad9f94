using Dapr.Client;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.State;

namespace Deepiri.Engagement.Accounts;

/// <summary>Accounts by user, and all of them.</summary>
internal sealed class AccountStore(DaprClient dapr, StateTransactions transactions)
{
    /// <summary>With the outbox to <see cref="Topics.Engagement"/>.</summary>
    public const string Store = "engagementstore";
    private const string Everyone = "everyone";

    private readonly OrderedIndex _index = new(dapr, "statestore", "accounts");

    public async Task<(Account? Account, string ETag)> FindAsync(string userId, CancellationToken cancellationToken) =>
        await dapr.GetStateAndETagAsync<Account?>(Store, Key(userId), cancellationToken: cancellationToken);

    /// <summary>Makes sure that <see cref="AllAsync"/> will find the account, before it is written for the first time.</summary>
    public Task RegisterAsync(string userId, CancellationToken cancellationToken) => _index.AddAsync(Everyone, userId, cancellationToken);

    /// <summary>Sets the name under which a user appears, unless a newer one is known; a user without an account gets one.</summary>
    public async Task<Account> RenameAsync(UserChanged user, CancellationToken cancellationToken)
    {
        Account? renamed = null;
        await Contention.RetryAsync(async () =>
        {
            var (found, etag) = await FindAsync(user.UserId, cancellationToken);
            renamed = found ?? Account.New(user.UserId);
            if (found is null)
                await RegisterAsync(user.UserId, cancellationToken);
            if (renamed.NamedAt >= user.ChangedAt)
                return true;
            renamed = renamed with { Username = user.Username, NamedAt = user.ChangedAt };
            return await transactions.TryCommitAsync(Save(new StateTransaction(Store), renamed, etag, user.RequestId), cancellationToken);
        }, cancellationToken);
        return renamed!;
    }

    /// <summary>Adds the account to a transaction, with the event that tells of it.</summary>
    public static StateTransaction Save(StateTransaction transaction, Account account, string etag, string? requestId) =>
        transaction.Save(Key(account.UserId), account, etag, EventTypes.AccountUpdated, new AccountUpdated(account.UserId, account.Username, account.Xp, account.Level, requestId));

    public async IAsyncEnumerable<Account> AllAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var batch in _index.NewestFirstAsync(Everyone, null, cancellationToken))
        {
            var items = await dapr.GetBulkStateAsync<Account?>(Store, [.. batch.Select(Key)], parallelism: null, cancellationToken: cancellationToken);
            foreach (var account in items.Select(i => i.Value).OfType<Account>())
                yield return account;
        }
    }

    private static string Key(string userId) => $"account:{userId}";
}
