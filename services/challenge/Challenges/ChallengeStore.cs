using Dapr.Client;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.State;

namespace Deepiri.Challenge.Challenges;

/// <summary>Challenges by id, and the published ones in order of creation: all, and those of each user.</summary>
internal sealed class ChallengeStore(DaprClient dapr, StateTransactions transactions)
{
    /// <summary>With the outbox to <see cref="Topics.Challenges"/>.</summary>
    public const string Store = "challengestore";

    private const string Everybody = "all";

    /// <summary>How many challenges one page looks at; a filter that few meet gives short pages, not long waits.</summary>
    private const int MostLookedAt = 1024;

    /// <summary>How long a withdrawn challenge is remembered, so that a step that runs again finds it.</summary>
    private static readonly TimeSpan s_keepWithdrawn = TimeSpan.FromDays(30);

    private readonly OrderedIndex _index = new(dapr, "statestore", "challenges");

    /// <summary>Stores a draft; one that is there already stays as it is.</summary>
    public async Task AddDraftAsync(ChallengeItem draft, CancellationToken cancellationToken)
    {
        if (!await dapr.TrySaveAsync(Store, Key(draft.Id), draft, "", cancellationToken: cancellationToken)
            && (await FindAsync(draft.Id, cancellationToken)).Item?.GenerationId != draft.GenerationId)
            throw new InvalidOperationException($"Challenge id {draft.Id} exists already.");
    }

    /// <summary>Makes a draft visible and tells of it, once however often it is called.</summary>
    public Task PublishAsync(string id, string? requestId, CancellationToken cancellationToken) => Contention.RetryAsync(async () =>
    {
        var (draft, etag) = await FindAsync(id, cancellationToken);
        if (draft is null)
            throw new InvalidOperationException($"There is no challenge {id} to publish.");
        if (draft.State != ChallengeState.Draft)
            return true;
        await Task.WhenAll(_index.AddAsync(Everybody, id, cancellationToken), _index.AddAsync(draft.UserId, id, cancellationToken));
        return await SaveAsync(draft with { State = ChallengeState.Published }, etag, EventTypes.ChallengeGenerated, requestId, null, cancellationToken);
    }, cancellationToken);

    /// <summary>Takes a challenge back, whatever became of it.</summary>
    public Task WithdrawAsync(string id, string? requestId, CancellationToken cancellationToken) => Contention.RetryAsync(async () =>
    {
        var (item, etag) = await FindAsync(id, cancellationToken);
        if (item is null or { State: ChallengeState.Withdrawn })
            return true;
        await Task.WhenAll(_index.RemoveAsync(Everybody, id, cancellationToken), _index.RemoveAsync(item.UserId, id, cancellationToken));
        if (item.State == ChallengeState.Draft)
            return await dapr.TryDeleteAsync(Store, Key(id), etag, cancellationToken);
        return await SaveAsync(item with { State = ChallengeState.Withdrawn }, etag, EventTypes.ChallengeWithdrawn, requestId, s_keepWithdrawn, cancellationToken);
    }, cancellationToken);

    /// <summary>A published challenge; null when there is none of this id.</summary>
    public async Task<ChallengeItem?> FindPublishedAsync(string id, CancellationToken cancellationToken) =>
        Guid.TryParseExact(id, "D", out _) && (await FindAsync(id, cancellationToken)).Item is { State: ChallengeState.Published } item ? item : null;

    /// <summary>Published challenges that meet a filter, the newest first. A page may be shorter than asked for, or empty, and there may still be a next one.</summary>
    /// <param name="userId">For whom they were made; null for everybody's.</param>
    public async Task<Page<ChallengeItem>> ListAsync(string? userId, Func<GeneratedChallenge, bool> filter, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var (found, lookedAt) = (new List<ChallengeItem>(), 0);
        await foreach (var batch in _index.NewestFirstAsync(userId ?? Everybody, cursor, cancellationToken))
        {
            var items = await dapr.GetBulkStateAsync<ChallengeItem?>(Store, [.. batch.Select(Key)], parallelism: null, cancellationToken: cancellationToken);
            found.AddRange(items.Select(i => i.Value).OfType<ChallengeItem>().Where(c => c.State == ChallengeState.Published && filter(c.Content)).OrderByDescending(c => c.Id, StringComparer.Ordinal));
            if (found.Count > limit)
                return new Page<ChallengeItem>(found[..limit], found[limit - 1].Id);
            lookedAt += batch.Count;
            if (lookedAt >= MostLookedAt)
                return new Page<ChallengeItem>(found, batch[^1]);
        }
        return new Page<ChallengeItem>(found, null);
    }

    private async Task<(ChallengeItem? Item, string ETag)> FindAsync(string id, CancellationToken cancellationToken) =>
        await dapr.GetStateAndETagAsync<ChallengeItem?>(Store, Key(id), cancellationToken: cancellationToken);

    private Task<bool> SaveAsync(ChallengeItem item, string etag, string eventType, string? requestId, TimeSpan? timeToLive, CancellationToken cancellationToken)
    {
        var c = item.Content;
        return transactions.TryCommitAsync(new StateTransaction(Store, Topics.Challenges).Save(Key(item.Id), item, etag, eventType,
            new ChallengeGenerated(item.Id, item.GenerationId, item.UserId, c.Title, c.Topic, c.Difficulty, c.Language, c.XpReward, c.Source, item.CreatedAt, requestId), timeToLive), cancellationToken);
    }

    private static string Key(string id) => $"challenge:{id}";
}
