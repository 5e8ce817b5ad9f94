using Dapr.Client;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.Events;
using Deepiri.ServiceDefaults.State;

namespace Deepiri.Engagement.Challenges;

/// <summary>Counts the challenges that are generated for users.</summary>
internal sealed class ChallengeStatistics(DaprClient dapr, StateTransactions transactions)
{
    /// <summary>Without an outbox: nobody is told of counts.</summary>
    private const string Store = "statestore";

    public async Task<ChallengeCounts> OfAsync(string userId, CancellationToken cancellationToken) =>
        await dapr.GetStateAsync<ChallengeCounts?>(Store, Key(userId), cancellationToken: cancellationToken) ?? ChallengeCounts.None;

    /// <summary>Counts a challenge, or with <paramref name="withdrawn"/> takes it back; once, whatever is told how often and in which order.</summary>
    public Task CountAsync(ChallengeGenerated challenge, bool withdrawn, CancellationToken cancellationToken) => Contention.RetryAsync(async () =>
    {
        var (counted, markETag) = await dapr.GetStateAndETagAsync<CountedChallenge?>(Store, MarkKey(challenge.ChallengeId), cancellationToken: cancellationToken);
        if (counted is { Withdrawn: true } || (counted is not null && !withdrawn))
            return true;
        var (counts, etag) = await dapr.GetStateAndETagAsync<ChallengeCounts?>(Store, Key(challenge.UserId), cancellationToken: cancellationToken);
        var change = !withdrawn ? 1 : counted is null ? 0 : -1;
        return await transactions.TryCommitAsync(new StateTransaction(Store)
            .Save(MarkKey(challenge.ChallengeId), new CountedChallenge(challenge.ChallengeId, withdrawn), markETag)
            .Save(Key(challenge.UserId), (counts ?? ChallengeCounts.None).With(challenge.Topic, challenge.Difficulty, change), etag), cancellationToken);
    }, cancellationToken);

    private static string Key(string userId) => $"challenge-counts:{userId}";

    private static string MarkKey(string challengeId) => $"counted-challenge:{challengeId}";
}

internal static class ChallengeEvents
{
    public static IServiceCollection AddChallengeStatistics(this IServiceCollection services) => services.AddSingleton<ChallengeStatistics>();

    public static void MapChallengeEvents(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapEvent<ChallengeGenerated>(Topics.Challenges, EventTypes.ChallengeGenerated, (received, services, cancellationToken) =>
            services.GetRequiredService<ChallengeStatistics>().CountAsync(received.Data, withdrawn: false, cancellationToken));
        endpoints.MapEvent<ChallengeGenerated>(Topics.Challenges, EventTypes.ChallengeWithdrawn, (received, services, cancellationToken) =>
            services.GetRequiredService<ChallengeStatistics>().CountAsync(received.Data, withdrawn: true, cancellationToken));
    }
}
