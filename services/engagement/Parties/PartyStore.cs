using Dapr.Client;
using Deepiri.Contracts;
using Deepiri.Engagement.Accounts;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.State;

namespace Deepiri.Engagement.Parties;

/// <summary>Parties by id and by code, and those of each user.</summary>
internal sealed class PartyStore(DaprClient dapr, StateTransactions transactions)
{
    private readonly OrderedIndex _byUser = new(dapr, "statestore", "parties");

    public async Task<Party?> FindAsync(string id, CancellationToken cancellationToken) => (await FindWithETagAsync(id, cancellationToken)).Party;

    /// <summary>The party that a code leads to; null when there is none.</summary>
    public async Task<string?> FindIdAsync(string code, CancellationToken cancellationToken) =>
        (await dapr.GetStateAsync<CodeClaim?>(AccountStore.Store, CodeKey(code), cancellationToken: cancellationToken))?.PartyId;

    /// <summary>The parties of a user, the newest first.</summary>
    public async Task<IReadOnlyList<Party>> OfAsync(string userId, CancellationToken cancellationToken)
    {
        var parties = new List<Party>();
        await foreach (var batch in _byUser.NewestFirstAsync(userId, null, cancellationToken))
        {
            var items = await dapr.GetBulkStateAsync<Party?>(AccountStore.Store, [.. batch.Select(Key)], parallelism: null, cancellationToken: cancellationToken);
            parties.AddRange(items.Select(i => i.Value).OfType<Party>().Where(p => p.Members.Contains(userId)).OrderByDescending(p => p.Id, StringComparer.Ordinal));
        }
        return parties;
    }

    public async Task AddAsync(Party party, string? requestId, CancellationToken cancellationToken)
    {
        await _byUser.AddAsync(party.OwnerId, party.Id, cancellationToken);
        if (!await transactions.TryCommitAsync(new StateTransaction(AccountStore.Store)
                .Save(CodeKey(party.Code), new CodeClaim(party.Id), "", EventTypes.PartyUpdated, Updated(party, requestId))
                .Save(Key(party.Id), party, "", EventTypes.PartyUpdated, Updated(party, requestId)), cancellationToken))
            throw ApiException.Conflict();
    }

    /// <summary>Changes a party, and tells its members.</summary>
    /// <exception cref="ApiException">404 when there is none.</exception>
    public async Task<Party> ChangeAsync(string id, Func<Party, Party> change, string? requestId, CancellationToken cancellationToken)
    {
        Party? changed = null;
        await Contention.RetryAsync(async () =>
        {
            var (party, etag) = await FindWithETagAsync(id, cancellationToken);
            changed = party is null ? throw ApiException.NotFound("party", id) : change(party);
            if (ReferenceEquals(changed, party))
                return true;
            foreach (var joined in changed.Members.Except(party.Members))
                await _byUser.AddAsync(joined, id, cancellationToken);
            return await transactions.TryCommitAsync(Save(party, changed, etag, requestId), cancellationToken);
        }, cancellationToken);
        return changed!;
    }

    private static StateTransaction Save(Party before, Party party, string etag, string? requestId)
    {
        var transaction = new StateTransaction(AccountStore.Store);
        if (party.Quest is not { } quest || before.Quest?.Id != quest.Id || before.Quest.Progress == quest.Progress)
            return transaction.Save(Key(party.Id), party, etag, EventTypes.PartyUpdated, Updated(party, requestId));
        var isCompleted = quest.CompletedAt is not null;
        return transaction.Save(Key(party.Id), party, etag, isCompleted ? EventTypes.QuestCompleted : EventTypes.QuestProgressed,
            new QuestProgressed(party.Id, quest.Id, quest.Title, party.Members, quest.Progress, quest.Target, isCompleted, quest.XpReward, quest.CompletedAt ?? quest.Begin, requestId));
    }

    private async Task<(Party? Party, string ETag)> FindWithETagAsync(string id, CancellationToken cancellationToken) =>
        await dapr.GetStateAndETagAsync<Party?>(AccountStore.Store, Key(id), cancellationToken: cancellationToken);

    private static PartyUpdated Updated(Party party, string? requestId) => new(party.Id, party.Name, party.Members, requestId);

    private static string Key(string id) => $"party:{id}";

    private static string CodeKey(string code) => $"party-code:{code}";

    private sealed record CodeClaim(string PartyId);
}
