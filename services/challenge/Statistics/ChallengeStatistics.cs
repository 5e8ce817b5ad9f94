using Dapr.Client;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.State;

namespace Deepiri.Challenge.Statistics;

/// <summary>How often a challenge was tried.</summary>
/// <param name="Attempts">All tries.</param>
/// <param name="Learners">How many have tried it.</param>
/// <param name="Solvers">How many of them have solved it.</param>
internal sealed record ChallengeStats(int Attempts, int Learners, int Solvers)
{
    public static ChallengeStats None { get; } = new(0, 0, 0);

    public ChallengeStats With(ChallengeCompleted tried) => new(Attempts + 1, Learners + (tried.Attempt == 1 ? 1 : 0), Solvers + (tried.IsFirstSuccess ? 1 : 0));
}

/// <summary>What a learner has solved: the topic of each challenge, the newest last, at most <see cref="Remembered"/>.</summary>
internal sealed record Solved(IReadOnlyList<string> Topics)
{
    private const int Remembered = 500;

    public static Solved None { get; } = new([]);

    public Solved With(ChallengeCompleted tried) => tried.IsFirstSuccess ? new([.. Topics.TakeLast(Remembered - 1), tried.Topic]) : this;
}

/// <summary>Counts tries, per challenge and per learner, as they are told of; once each, whatever is told how often and in which order.</summary>
internal sealed class ChallengeStatistics(DaprClient dapr, StateTransactions transactions)
{
    /// <summary>Without an outbox: nobody is told of counts.</summary>
    private const string Store = "statestore";

    /// <summary>Longer than any broker keeps an event.</summary>
    private static readonly TimeSpan s_keepMark = TimeSpan.FromDays(30);

    public async Task<ChallengeStats> OfAsync(string challengeId, CancellationToken cancellationToken) => (await ReadAsync(StatsKey(challengeId), ChallengeStats.None, cancellationToken)).Value;

    public async Task<Solved> SolvedByAsync(string userId, CancellationToken cancellationToken) => (await ReadAsync(SolvedKey(userId), Solved.None, cancellationToken)).Value;

    public Task CountAsync(ChallengeCompleted tried, CancellationToken cancellationToken) => Contention.RetryAsync(async () =>
    {
        var (isCounted, markETag) = await ReadAsync(MarkKey(tried.SubmissionId), false, cancellationToken);
        if (isCounted)
            return true;
        var (stats, statsETag) = await ReadAsync(StatsKey(tried.ChallengeId), ChallengeStats.None, cancellationToken);
        var (solved, solvedETag) = await ReadAsync(SolvedKey(tried.UserId), Solved.None, cancellationToken);
        return await transactions.TryCommitAsync(new StateTransaction(Store)
            .Save(MarkKey(tried.SubmissionId), true, markETag, s_keepMark)
            .Save(StatsKey(tried.ChallengeId), stats.With(tried), statsETag)
            .Save(SolvedKey(tried.UserId), solved.With(tried), solvedETag), cancellationToken);
    }, cancellationToken);

    private async Task<(T Value, string ETag)> ReadAsync<T>(string key, T none, CancellationToken cancellationToken)
    {
        var (value, etag) = await dapr.GetStateAndETagAsync<T?>(Store, key, cancellationToken: cancellationToken);
        return (value ?? none, etag);
    }

    private static string StatsKey(string challengeId) => $"challenge-stats:{challengeId}";

    private static string SolvedKey(string userId) => $"solved:{userId}";

    private static string MarkKey(string submissionId) => $"counted-submission:{submissionId}";
}
