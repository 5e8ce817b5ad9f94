using Dapr.Actors.Client;
using Deepiri.Contracts;
using Deepiri.Engagement.Ledger;

namespace Deepiri.Engagement.Accounts;

/// <summary>Calls an <see cref="AccountActor"/>.</summary>
internal sealed class AccountProxy(ActorProxy actor) : IAccountActor
{
    public Task AwardAsync(Earned earned) => actor.InvokeMethodAsync(nameof(AwardAsync), earned);

    public Task RenameAsync(UserChanged user) => actor.InvokeMethodAsync(nameof(RenameAsync), user);

    public Task<AccountPreferences?> SetPreferencesAsync(PreferencesRequest wanted) =>
        actor.InvokeMethodAsync<PreferencesRequest, AccountPreferences?>(nameof(SetPreferencesAsync), wanted);

    public Task<bool> RebuildAsync() => actor.InvokeMethodAsync<bool>(nameof(RebuildAsync));
}
