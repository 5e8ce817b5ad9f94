using Dapr.Client;
using Deepiri.Contracts;
using Deepiri.Engagement.Accounts;
using Deepiri.Engagement.Leaderboards;
using Deepiri.ServiceDefaults.State;

namespace Deepiri.Engagement.Awards;

/// <summary>An entry of a user's ledger; <see cref="Previous"/> leads to the one before.</summary>
internal sealed record Award(string Id, string UserId, int Points, string Reason, string EventId, DateTimeOffset EarnedAt, string? Previous);

/// <summary>What a user is to get points for.</summary>
/// <param name="AwardId">The cause: it is awarded once.</param>
internal sealed record Earned(string AwardId, string UserId, int Points, string Reason, bool IsTask, DateTimeOffset EarnedAt, string? RequestId);

/// <summary>Gives points. The award, the account and the events that tell of both are one transaction.</summary>
internal sealed class AwardService(DaprClient dapr, StateTransactions transactions, AccountStore accounts, LeaderboardSet leaderboards)
{
    /// <summary>
    /// Awards a completed task. The award's key is the task, so neither an event delivered twice nor a task that was reopened and
    /// completed again gives points a second time.
    /// </summary>
    public Task AwardTaskAsync(TaskChanged task, string eventId, CancellationToken cancellationToken) =>
        AwardAsync(new Earned($"task-{task.TaskId}", task.UserId, XpRules.For(task), $"Completed: {task.Title}", IsTask: true, task.OccurredAt, task.RequestId), eventId, cancellationToken);

    /// <summary>Awards a challenge that was solved, once for each challenge and user.</summary>
    public Task AwardChallengeAsync(ChallengeCompleted challenge, string eventId, CancellationToken cancellationToken) => challenge.IsFirstSuccess
        ? AwardAsync(new Earned($"challenge-{challenge.ChallengeId}-{challenge.UserId}", challenge.UserId, challenge.XpReward, $"Solved: {challenge.Title}", IsTask: false, challenge.OccurredAt, challenge.RequestId), eventId, cancellationToken)
        : Task.CompletedTask;

    private Task AwardAsync(Earned earned, string eventId, CancellationToken cancellationToken) => Contention.RetryAsync(async () =>
    {
        var (found, etag) = await accounts.FindAsync(earned.UserId, cancellationToken);
        if (await dapr.GetStateAsync<Award?>(AccountStore.Store, Key(earned.AwardId), cancellationToken: cancellationToken) is not null)
        {
            // Awarded before; a crash may have come before the leaderboards knew.
            if (found is not null)
                leaderboards.Update(found);
            return true;
        }
        if (found is null)
            await accounts.RegisterAsync(earned.UserId, cancellationToken);
        var before = found ?? Account.New(earned.UserId);
        var after = before.With(earned);
        var award = new Award(earned.AwardId, earned.UserId, earned.Points, earned.Reason, eventId, earned.EarnedAt, before.LastAward);
        if (!await transactions.TryCommitAsync(Plan(award, before, after, etag, earned.RequestId), cancellationToken))
            return false;
        leaderboards.Update(after);
        return true;
    }, cancellationToken);

    private static StateTransaction Plan(Award award, Account before, Account after, string etag, string? requestId)
    {
        var transaction = new StateTransaction(AccountStore.Store).Save(Key(award.Id), award, "", EventTypes.PointsAwarded,
            new PointsAwarded(award.Id, award.UserId, award.Points, award.Reason, after.Xp, after.Level, award.EarnedAt, requestId));
        AccountStore.Save(transaction, after, etag, requestId);
        if (after.Level > before.Level)
        {
            var reached = new LevelReached(after.UserId, after.Level, after.Xp, award.EarnedAt, requestId);
            transaction.Save($"level:{after.UserId}:{after.Level}", reached, "", EventTypes.LevelReached, reached);
        }
        return transaction;
    }

    private static string Key(string awardId) => $"award:{awardId}";
}
