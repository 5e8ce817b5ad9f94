using Dapr;
using Dapr.Client;
using Deepiri.Challenge.Challenges;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.State;

namespace Deepiri.Challenge.Submissions;

/// <summary>Submissions, by challenge and user.</summary>
internal sealed partial class SubmissionStore(DaprClient dapr, StateTransactions transactions, TimeProvider time, ILogger<SubmissionStore> log)
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
            if (tries.KeyOf(id) is { } known)
            {
                added = await GetAsync(known, cancellationToken);
                return true;
            }
            var isFirstSuccess = verdict.Succeeded && tries.SolvedAt is null;
            var content = challenge.Content;
            added = new Submission(id, challenge.Id, userId, tries.Count + 1, code, verdict, isFirstSuccess ? content.XpReward : 0, time.GetUtcNow());
            var key = $"submission:{Guid.NewGuid():N}";
            await dapr.SaveStateAsync(Details, key, added, cancellationToken: cancellationToken);
            var completed = new ChallengeCompleted(id, challenge.Id, userId, content.Title, content.Topic, content.Difficulty, verdict.Succeeded, added.Attempt, isFirstSuccess, content.XpReward, added.SubmittedAt, requestId);
            var after = tries.With(added, key);
            var isAdded = await transactions.TryCommitAsync(new StateTransaction(ChallengeStore.Store, Topics.Challenges).Save(TriesKey(challenge.Id, userId), after, etag, EventTypes.ChallengeCompleted, completed), cancellationToken);
            await ForgetAsync(isAdded ? tries.Newest.Except(after.Newest).Select(s => s.Key) : [key]);
            return isAdded;
        }, cancellationToken);
        return added!;
    }

    /// <summary>A user's submission to a challenge; null when there is none of this id, or it is kept no longer.</summary>
    public async Task<Submission?> FindAsync(string challengeId, string userId, string id, CancellationToken cancellationToken) =>
        (await TriesAsync(challengeId, userId, cancellationToken)).Tries.KeyOf(id) is { } key ? await GetAsync(key, cancellationToken) : null;

    /// <summary>A user's submissions to a challenge, the newest first.</summary>
    public async Task<Page<Submission>> ListAsync(string challengeId, string userId, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var newestFirst = (await TriesAsync(challengeId, userId, cancellationToken)).Tries.Newest.Reverse().ToList();
        var before = newestFirst.FindIndex(s => s.Id == cursor);
        var page = cursor is not null && before < 0 ? [] : newestFirst.Skip(before + 1).Take(limit).ToList();
        if (page.Count == 0)
            return new Page<Submission>([], null);
        var items = await dapr.GetBulkStateAsync<Submission?>(Details, [.. page.Select(s => s.Key)], parallelism: null, cancellationToken: cancellationToken);
        return new Page<Submission>([.. items.Select(i => i.Value).OfType<Submission>().OrderByDescending(s => s.Attempt)], page[^1] == newestFirst[^1] ? null : page[^1].Id);
    }

    /// <summary>What cannot be deleted is left over, and changes nothing: the submission has been counted, or another one in its place.</summary>
    private async Task ForgetAsync(IEnumerable<string> keys)
    {
        foreach (var key in keys)
        {
            try
            {
                await dapr.DeleteStateAsync(Details, key, cancellationToken: CancellationToken.None);
            }
            catch (DaprException e)
            {
                LeftOver(log, key, e);
            }
        }
    }

    private async Task<Submission?> GetAsync(string key, CancellationToken cancellationToken) => await dapr.GetStateAsync<Submission?>(Details, key, cancellationToken: cancellationToken);

    private async Task<(Tries Tries, string ETag)> TriesAsync(string challengeId, string userId, CancellationToken cancellationToken)
    {
        var (tries, etag) = await dapr.GetStateAndETagAsync<Tries?>(ChallengeStore.Store, TriesKey(challengeId, userId), cancellationToken: cancellationToken);
        return (tries ?? Tries.None, etag);
    }

    private static string TriesKey(string challengeId, string userId) => $"tries:{challengeId}:{userId}";

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Key} could not be deleted and is left over")]
    private static partial void LeftOver(ILogger log, string key, Exception e);
}
