using Dapr.Client;
using Deepiri.Challenge.Challenges;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.State;

namespace Deepiri.Challenge.Submissions;

/// <summary>Submissions, by challenge and user.</summary>
internal sealed class SubmissionStore(DaprClient dapr, StateTransactions transactions, TimeProvider time)
{
    /// <summary>Without an outbox: code is nobody else's business.</summary>
    private const string Details = "statestore";

    /// <summary>
    /// Counts a try and tells of it, once for each id. The submission itself is written first: after a crash between the two, one that nobody
    /// counts and no list shows is left.
    /// </summary>
    public async Task<Submission> AddAsync(ChallengeItem challenge, string userId, string id, string code, Verdict verdict, string? requestId, CancellationToken cancellationToken)
    {
        Submission? added = null;
        await Contention.RetryAsync(async () =>
        {
            var (tries, etag) = await TriesAsync(challenge.Id, userId, cancellationToken);
            if (tries.Newest.Contains(id))
            {
                added = await GetAsync(id, cancellationToken);
                return true;
            }
            var isFirstSuccess = verdict.Succeeded && tries.SolvedAt is null;
            var content = challenge.Content;
            added = new Submission(id, challenge.Id, userId, tries.Count + 1, code, verdict, isFirstSuccess ? content.XpReward : 0, time.GetUtcNow());
            await dapr.SaveStateAsync(Details, SubmissionKey(id), added, cancellationToken: cancellationToken);
            var completed = new ChallengeCompleted(id, challenge.Id, userId, content.Title, content.Topic, content.Difficulty, verdict.Succeeded, added.Attempt, isFirstSuccess, content.XpReward, added.SubmittedAt, requestId);
            if (!await transactions.TryCommitAsync(new StateTransaction(ChallengeStore.Store).Save(TriesKey(challenge.Id, userId), tries.With(added), etag, EventTypes.ChallengeCompleted, completed), cancellationToken))
                return false;
            foreach (var forgotten in tries.Newest.Except(tries.With(added).Newest))
                await dapr.DeleteStateAsync(Details, SubmissionKey(forgotten), cancellationToken: cancellationToken);
            return true;
        }, cancellationToken);
        return added!;
    }

    /// <summary>A user's submission to a challenge; null when there is none of this id, or it is kept no longer.</summary>
    public async Task<Submission?> FindAsync(string challengeId, string userId, string id, CancellationToken cancellationToken) =>
        (await TriesAsync(challengeId, userId, cancellationToken)).Tries.Newest.Contains(id) ? await GetAsync(id, cancellationToken) : null;

    /// <summary>A user's submissions to a challenge, the newest first.</summary>
    public async Task<Page<Submission>> ListAsync(string challengeId, string userId, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var newestFirst = (await TriesAsync(challengeId, userId, cancellationToken)).Tries.Newest.Reverse().ToList();
        var first = cursor is null ? 0 : newestFirst.IndexOf(cursor) + 1;
        var ids = cursor is not null && first == 0 ? [] : newestFirst.Skip(first).Take(limit).ToList();
        if (ids.Count == 0)
            return new Page<Submission>([], null);
        var items = await dapr.GetBulkStateAsync<Submission?>(Details, [.. ids.Select(SubmissionKey)], parallelism: null, cancellationToken: cancellationToken);
        return new Page<Submission>([.. items.Select(i => i.Value).OfType<Submission>().OrderByDescending(s => s.Attempt)], first + ids.Count < newestFirst.Count ? ids[^1] : null);
    }

    private async Task<Submission?> GetAsync(string id, CancellationToken cancellationToken) => await dapr.GetStateAsync<Submission?>(Details, SubmissionKey(id), cancellationToken: cancellationToken);

    private async Task<(Tries Tries, string ETag)> TriesAsync(string challengeId, string userId, CancellationToken cancellationToken)
    {
        var (tries, etag) = await dapr.GetStateAndETagAsync<Tries?>(ChallengeStore.Store, TriesKey(challengeId, userId), cancellationToken: cancellationToken);
        return (tries ?? Tries.None, etag);
    }

    private static string TriesKey(string challengeId, string userId) => $"tries:{challengeId}:{userId}";

    private static string SubmissionKey(string id) => $"submission:{id}";
}
