using Dapr.Actors;
using Dapr.Actors.Runtime;
using Dapr.Client;
using Deepiri.Contracts;
using Deepiri.Engagement.Leaderboards;
using Deepiri.Engagement.Ledger;
using Deepiri.Engagement.Rules;
using Deepiri.Engagement.Seasons;
using Deepiri.ServiceDefaults.State;

namespace Deepiri.Engagement.Accounts;

/// <summary>A user's account; the actor's id is the user's.</summary>
internal interface IAccountActor : IActor
{
    /// <summary>Gives points for something, once however often it is told.</summary>
    Task AwardAsync(Earned earned);

    /// <summary>Sets the name under which the user appears, unless a newer one is known.</summary>
    Task RenameAsync(UserChanged user);

    Task SetPreferencesAsync(AccountPreferences preferences);

    /// <summary>Makes the balance again from the ledger; true when it was another.</summary>
    Task<bool> RebuildAsync();
}

/// <summary>
/// Owns one account: a turn at a time, so that two causes at once do not get into each other's way. What it keeps is in the store with the
/// outbox, not in the actor's own state, so that the account, its ledger and the events that tell of both are one transaction.
/// </summary>
internal sealed class AccountActor(ActorHost host, AccountStore accounts, LedgerStore ledger, Posting posting, BoardKeys keys, LeaderboardSet leaderboards, SeasonArchive seasons, GameRules rules) : Actor(host), IAccountActor
{
    public const string TypeName = "Account";

    public Task AwardAsync(Earned earned) => Contention.RetryAsync(async () =>
    {
        var (before, etag) = await accounts.FindAsync(earned.UserId, CancellationToken.None);
        if (await ledger.FindAsync(earned.Id, CancellationToken.None) is not null)
        {
            // Awarded before; a crash may have come before the boards knew.
            await ShowAsync(before, earned.EarnedAt);
            return true;
        }
        var entries = posting.Post(before, earned);
        var after = before with { Balance = entries.Aggregate(before.Balance, (balance, entry) => balance.With(entry, keys)) };
        await ledger.RegisterAsync(entries, CancellationToken.None);
        var transaction = new StateTransaction(AccountStore.Store);
        ledger.Save(transaction, entries, before, after, earned.RequestId);
        if (!await accounts.TrySaveAsync(transaction, after, etag, earned.RequestId, CancellationToken.None))
            return false;
        await ShowAsync(after with { Revision = after.Revision + 1 }, earned.EarnedAt);
        return true;
    }, CancellationToken.None);

    public Task RenameAsync(UserChanged user) => ChangeAsync(account => account.NamedAt >= user.ChangedAt ? account : account with { Username = user.Username, NamedAt = user.ChangedAt }, user.RequestId);

    public Task SetPreferencesAsync(AccountPreferences preferences) => ChangeAsync(account => account with { Preferences = preferences }, null);

    public async Task<bool> RebuildAsync()
    {
        var userId = Id.GetId();
        var balance = Balance.Of(await ledger.AllAsync(userId, CancellationToken.None), keys);
        var (account, _) = await accounts.FindAsync(userId, CancellationToken.None);
        if (PlatformJsonEquals(account.Balance, balance))
            return false;
        await ChangeAsync(present => present with { Balance = balance }, null);
        return true;
    }

    private static bool PlatformJsonEquals(Balance one, Balance other) =>
        System.Text.Json.Nodes.JsonNode.DeepEquals(System.Text.Json.JsonSerializer.SerializeToNode(one), System.Text.Json.JsonSerializer.SerializeToNode(other));

    private Task ChangeAsync(Func<Account, Account> change, string? requestId) => Contention.RetryAsync(async () =>
    {
        var (account, etag) = await accounts.FindAsync(Id.GetId(), CancellationToken.None);
        var changed = change(account);
        if (ReferenceEquals(changed, account))
        {
            leaderboards.Update(account);
            return true;
        }
        if (!await accounts.TrySaveAsync(new StateTransaction(AccountStore.Store), changed, etag, requestId, CancellationToken.None))
            return false;
        leaderboards.Update(changed with { Revision = changed.Revision + 1 });
        return true;
    }, CancellationToken.None);

    private Task ShowAsync(Account account, DateTimeOffset earnedAt)
    {
        leaderboards.Update(account);
        return seasons.FollowAsync(account, Season.At(earnedAt, rules.Seasons), CancellationToken.None);
    }
}
