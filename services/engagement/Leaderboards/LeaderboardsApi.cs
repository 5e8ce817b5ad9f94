using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Http;
using Deepiri.ServiceDefaults.Identity;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.Engagement.Leaderboards;

/// <summary>Leaderboards over HTTP.</summary>
internal static class LeaderboardsApi
{
    private const int DefaultLimit = 10;
    private const int MostEntries = 100;

    public static IServiceCollection AddLeaderboards(this IServiceCollection services) =>
        services.AddSingleton<LeaderboardSet>().AddHostedService(provider => provider.GetRequiredService<LeaderboardSet>());

    public static void MapLeaderboards(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/api/gamification/leaderboard", Get).WithTags("Gamification").WithSummary("A leaderboard: period=daily|weekly|all, the top or around=me");

    private static Ok<LeaderboardView> Get(string? period, int? limit, string? around, CurrentUser user, LeaderboardSet boards)
    {
        var faults = new Dictionary<string, string[]>();
        var wanted = Words<LeaderboardPeriod>.Parse(period, "period", faults) ?? LeaderboardPeriod.All;
        if (limit is < 1 or > MostEntries)
            faults["limit"] = [$"Between 1 and {MostEntries}."];
        if (around is not (null or "me"))
            faults["around"] = ["me, or leave it out."];
        if (faults.Count > 0)
            throw ApiException.Validation(faults);
        return TypedResults.Ok(new LeaderboardView(wanted, boards.Top(wanted, limit ?? DefaultLimit, around is null ? null : user.Id)));
    }

    internal sealed record LeaderboardView(LeaderboardPeriod Period, IReadOnlyList<LeaderboardEntry> Items);
}
