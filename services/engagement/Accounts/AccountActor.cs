using System.Text.Json;
using System.Text.Json.Nodes;
using Dapr.Actors;
using Dapr.Actors.Runtime;
using Deepiri.Contracts;
using Deepiri.Engagement.Leaderboards;
using Deepiri.Engagement.Ledger;
using Deepiri.Engagement.Rules;
using Deepiri.Engagement.Seasons;
using Deepiri.ServiceDefaults.State;

namespace Deepiri.Engagement.Accounts;

/// <summary>A user's account; the actor's id is the user's.</summary>
public interface IAccountActor : IActor
{
    /// <summary>Gives points for something, once however often it is told.</summary>
    Task AwardAsync(Earned earned);

    /// <summary>Sets the name under which the user appears, unless a newer one is known.</summary>
    Task RenameAsync(UserChanged user);

    /// <summary>Sets preferences; null when the time zone was changed too short ago.</summary>
    Task<AccountPreferences?> SetPreferencesAsync(PreferencesRequest wanted);

    /// <summary>Makes the balance again from the ledger; true when it was another.</summary>
    Task<bool> RebuildAsync();
}

/// <summary>
/// Owns one account: a turn at a time, so that two causes at once do not get into each other's way. What it keeps is in the store with the
/// outbox, not in the actor's own state, so that the account, its ledger and the events that tell of both are one transaction.
/// </summary>
internal sealed class AccountActor(ActorHost host, AccountStore accounts, LedgerStore ledger, Posting posting, BoardKeys keys, LeaderboardSet leaderboards, SeasonArchive seasons, GameRules rules, TimeProvider time) : Actor(host), IAccountActor
{
    public const string TypeName = "Account";

    public Task AwardAsync(Earned earned) => Contention.RetryAsync(async () =>
    {
        var (before, etag, isAwarded) = await ledger.FindAsync(earned.UserId, earned.Id, CancellationToken.None);
        if (isAwarded)
        {
            // Awarded before; a crash may have come before the boards knew.
            await ShowAsync(before, earned.EarnedAt);
            return true;
        }
        var entries = posting.Post(before, earned);
        var after = before with { Balance = entries.Aggregate(before.Balance, (balance, entry) => balance.With(entry, keys)) };
        var transaction = new StateTransaction(AccountStore.Store, Topics.Engagement);
        ledger.Save(transaction, entries, before, after, earned.RequestId);
        if (!await accounts.TrySaveAsync(transaction, after, etag, earned.RequestId, CancellationToken.None))
            return false;
        await ShowAsync(after with { Revision = after.Revision + 1 }, earned.EarnedAt);
        return true;
    }, CancellationToken.None);

    public Task RenameAsync(UserChanged user) => ChangeAsync(account => Task.FromResult(account.NamedAt >= user.ChangedAt ? account : account with { Username = user.Username, NamedAt = user.ChangedAt }), user.RequestId);

    public async Task<AccountPreferences?> SetPreferencesAsync(PreferencesRequest wanted)
    {
        AccountPreferences? preferences = null;
        await ChangeAsync(account =>
        {
            preferences = account.Preferences.With(wanted, time.GetUtcNow());
            return Task.FromResult(preferences is null || IsSame(preferences, account.Preferences) ? account : account with { Preferences = preferences });
        }, null);
        return preferences;
    }

    public async Task<bool> RebuildAsync()
    {
        var isChanged = false;
        // The account comes first: an award while the ledger is read makes the save fail, and all begins anew.
        await ChangeAsync(async account =>
        {
            var balance = Balance.Of(await ledger.AllAsync(account.UserId, CancellationToken.None), keys);
            isChanged = !IsSame(account.Balance, balance);
            return isChanged ? account with { Balance = balance } : account;
        }, null);
        return isChanged;
    }

    private static bool IsSame<T>(T one, T other) => JsonNode.DeepEquals(JsonSerializer.SerializeToNode(one), JsonSerializer.SerializeToNode(other));

    private Task ChangeAsync(Func<Account, Task<Account>> change, string? requestId) => Contention.RetryAsync(async () =>
    {
        var (account, etag) = await accounts.FindAsync(Id.GetId(), CancellationToken.None);
        var changed = await change(account);
        if (ReferenceEquals(changed, account))
        {
            leaderboards.Update(account);
            return true;
        }
        if (!await accounts.TrySaveAsync(new StateTransaction(AccountStore.Store, Topics.Engagement), changed, etag, requestId, CancellationToken.None))
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
