using Dapr.Client;
using Deepiri.Contracts;
using Deepiri.Engagement.Accounts;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.State;

namespace Deepiri.Engagement.Parties;

/// <summary>Parties by id and by code, and those of each user.</summary>
internal sealed class PartyStore(DaprClient dapr, StateTransactions transactions, TimeProvider time)
{
    /// <summary>In how many parties a user can be.</summary>
    private const int Most = 10;

    /// <summary>Of the lists, without an outbox: nobody is told of them.</summary>
    private const string Lists = "statestore";

    /// <summary>A party without members is forgotten.</summary>
    private static readonly TimeSpan s_keepEmpty = TimeSpan.FromDays(1);

    public async Task<Party?> FindAsync(string id, CancellationToken cancellationToken) => (await FindWithETagAsync(id, cancellationToken)).Party;

    /// <summary>The party that a code leads to; null when there is none.</summary>
    public async Task<string?> FindIdAsync(string code, CancellationToken cancellationToken) =>
        (await dapr.GetStateAsync<CodeClaim?>(AccountStore.Store, CodeKey(code), cancellationToken: cancellationToken))?.PartyId;

    /// <summary>The parties of a user, the newest first.</summary>
    public async Task<IReadOnlyList<Party>> OfAsync(string userId, CancellationToken cancellationToken)
    {
        var ids = await dapr.GetStateAsync<IReadOnlyList<string>?>(Lists, ListKey(userId), cancellationToken: cancellationToken) ?? [];
        return await OfAsync(userId, ids, cancellationToken);
    }

    public async Task AddAsync(Party party, string? requestId, CancellationToken cancellationToken)
    {
        await ListAsync(party.OwnerId, party.Id, cancellationToken);
        if (!await transactions.TryCommitAsync(new StateTransaction(AccountStore.Store, Topics.Engagement)
                .Save(CodeKey(party.Code), new CodeClaim(party.Id), "")
                .Save(Key(party.Id), party, "", EventTypes.PartyUpdated, Updated(party, party, requestId)), cancellationToken))
            throw ApiException.Conflict();
    }

    /// <summary>Changes a party, and tells its members.</summary>
    /// <exception cref="ApiException">404 when there is none; 409 when somebody who joins is in too many.</exception>
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
                await ListAsync(joined, id, cancellationToken);
            return await transactions.TryCommitAsync(Save(party, changed, etag, requestId), cancellationToken);
        }, cancellationToken);
        return changed!;
    }

    /// <summary>Puts a party on a user's list before they are in it. What they are not in, or not any more, makes room when the list is full.</summary>
    public Task ListAsync(string userId, string partyId, CancellationToken cancellationToken) => Contention.RetryAsync(async () =>
    {
        var (found, etag) = await dapr.GetStateAndETagAsync<IReadOnlyList<string>?>(Lists, ListKey(userId), cancellationToken: cancellationToken);
        IReadOnlyList<string> ids = found ?? [];
        if (ids.Contains(partyId))
            return true;
        if (ids.Count >= Most)
            ids = [.. (await OfAsync(userId, ids, cancellationToken)).Select(p => p.Id)];
        if (ids.Count >= Most)
            throw new ApiException(StatusCodes.Status409Conflict, "TOO_MANY_PARTIES", $"You are in {Most} parties already; leave one first.");
        return await dapr.TrySaveAsync(Lists, ListKey(userId), (IReadOnlyList<string>)[.. ids, partyId], etag, cancellationToken: cancellationToken);
    }, cancellationToken);

    private async Task<IReadOnlyList<Party>> OfAsync(string userId, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        if (ids.Count == 0)
            return [];
        var items = await dapr.GetBulkStateAsync<Party?>(AccountStore.Store, [.. ids.Select(Key)], parallelism: null, cancellationToken: cancellationToken);
        return [.. items.Select(i => i.Value).OfType<Party>().Where(p => p.Members.Contains(userId)).OrderByDescending(p => p.Id, StringComparer.Ordinal)];
    }

    private StateTransaction Save(Party before, Party party, string etag, string? requestId)
    {
        var transaction = new StateTransaction(AccountStore.Store, Topics.Engagement);
        if (party.Code != before.Code)
            transaction.Save(CodeKey(party.Code), new CodeClaim(party.Id), "");
        if (party.Quest is not { } quest || before.Quest?.Id != quest.Id || before.Quest.Progress == quest.Progress)
            return transaction.Save(Key(party.Id), party, etag, EventTypes.PartyUpdated, Updated(before, party, requestId), party.Members.Count == 0 ? s_keepEmpty : null);
        var isCompleted = quest.CompletedAt is not null;
        return transaction.Save(Key(party.Id), party, etag, isCompleted ? EventTypes.QuestCompleted : EventTypes.QuestProgressed,
            new QuestProgressed(party.Id, quest.Id, quest.Title, party.Members, quest.Progress, quest.Target, isCompleted, quest.XpReward, quest.Contributors, quest.CompletedAt ?? time.GetUtcNow(), requestId));
    }

    /// <summary>Only ids that we make can be keys; anything else cannot exist.</summary>
    private async Task<(Party? Party, string ETag)> FindWithETagAsync(string id, CancellationToken cancellationToken) => !Guid.TryParseExact(id, "D", out _) ? (null, "")
        : await dapr.GetStateAndETagAsync<Party?>(AccountStore.Store, Key(id), cancellationToken: cancellationToken);

    /// <summary>Those who have gone are told, too.</summary>
    private static PartyUpdated Updated(Party before, Party party, string? requestId) => new(party.Id, party.Name, IsSeen(before, party) ? [.. party.Members.Union(before.Members)] : [], requestId);

    /// <summary>Whether a change is more than that an entry was looked at.</summary>
    private static bool IsSeen(Party before, Party party) =>
        ReferenceEquals(before, party) || party.Quest is null || before.Quest?.Id != party.Quest.Id || !party.Members.SequenceEqual(before.Members) || party.Code != before.Code;

    private static string Key(string id) => $"party:{id}";

    private static string ListKey(string userId) => $"parties:{userId}";

    private static string CodeKey(string code) => $"party-code:{code}";

    private sealed record CodeClaim(string PartyId);
}
