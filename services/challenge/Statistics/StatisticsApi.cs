using Deepiri.Challenge.Challenges;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Events;
using Deepiri.ServiceDefaults.Identity;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.Challenge.Statistics;

/// <summary>How challenges fare.</summary>
internal static class StatisticsApi
{
    public static IServiceCollection AddStatistics(this IServiceCollection services) => services.AddSingleton<ChallengeStatistics>();

    public static void MapStatistics(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/challenges/{id}/stats", GetAsync).WithTags("Challenges").WithSummary("How many have tried and solved a challenge; a moment behind");
        endpoints.MapEvent<ChallengeCompleted>(Topics.Challenges, EventTypes.ChallengeCompleted, (received, services, cancellationToken) =>
            services.GetRequiredService<ChallengeStatistics>().CountAsync(received.Data, cancellationToken));
    }

    private static async Task<Ok<StatsView>> GetAsync(string id, CurrentUser _, ChallengeStore challenges, ChallengeStatistics statistics, CancellationToken cancellationToken)
    {
        if (await challenges.FindPublishedAsync(id, cancellationToken) is null)
            throw ApiException.NotFound("challenge", id);
        var stats = await statistics.OfAsync(id, cancellationToken);
        return TypedResults.Ok(new StatsView(stats.Attempts, stats.Learners, stats.Solvers, stats.Learners == 0 ? null : Math.Round((double)stats.Solvers / stats.Learners, 3)));
    }

    /// <param name="Attempts">All tries.</param>
    /// <param name="Learners">How many have tried it.</param>
    /// <param name="Completions">How many of them have solved it.</param>
    /// <param name="SuccessRate">Their share, 0 to 1; null while nobody has tried.</param>
    internal sealed record StatsView(int Attempts, int Learners, int Completions, double? SuccessRate);
}
