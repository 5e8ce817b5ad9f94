using Dapr.Client;
using Deepiri.Contracts;
using Deepiri.Engagement.Accounts;
using Deepiri.Engagement.Leaderboards;
using Deepiri.ServiceDefaults.State;

namespace Deepiri.Engagement.Awards;

/// <summary>An entry of a user's ledger; <see cref="Previous"/> leads to the one before.</summary>
internal sealed record Award(string Id, string UserId, int Points, string Reason, string EventId, DateTimeOffset EarnedAt, string? Previous);

/// <summary>Gives points. The award, the account and the events that tell of both are one transaction.</summary>
internal sealed class AwardService(DaprClient dapr, StateTransactions transactions, AccountStore accounts, LeaderboardSet leaderboards)
{
    /// <summary>
    /// Awards a completed task. The award's key is the task, so neither an event delivered twice nor a task that was reopened and
    /// completed again gives points a second time.
    /// </summary>
    public Task AwardTaskAsync(TaskChanged task, string eventId, CancellationToken cancellationToken) => Contention.RetryAsync(async () =>
    {
        var id = $"task-{task.TaskId}";
        var (found, etag) = await accounts.FindAsync(task.UserId, cancellationToken);
        if (await dapr.GetStateAsync<Award?>(AccountStore.Store, Key(id), cancellationToken: cancellationToken) is not null)
        {
            // Awarded before; a crash may have come before the leaderboards knew.
            if (found is not null)
                leaderboards.Update(found);
            return true;
        }
        if (found is null)
            await accounts.RegisterAsync(task.UserId, cancellationToken);
        var before = found ?? Account.New(task.UserId);
        var points = XpRules.For(task);
        var after = before.With(id, points, task.OccurredAt);
        var award = new Award(id, task.UserId, points, $"Completed: {task.Title}", eventId, task.OccurredAt, before.LastAward);
        if (!await transactions.TryCommitAsync(Plan(award, before, after, etag, task.RequestId), cancellationToken))
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
