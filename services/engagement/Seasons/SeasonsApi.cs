using Deepiri.Engagement.Accounts;
using Deepiri.Engagement.Ledger;
using Deepiri.Engagement.Rules;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Identity;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.Engagement.Seasons;

/// <summary>The seasons of the game.</summary>
internal static class SeasonsApi
{
    public static IServiceCollection AddSeasons(this IServiceCollection services) => services.AddSingleton<SeasonArchive>().AddHostedService<SeasonKeeper>();

    public static void MapSeasons(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/gamification/seasons").WithTags("Gamification");
        group.MapGet("/current", GetCurrent).WithSummary("The season that it is; its leaderboard is period=season");
        group.MapGet("/{number:int}", GetAsync).WithSummary("How a season ended, and the caller's points in it while they are kept");
    }

    private static Ok<SeasonView> GetCurrent(GameRules rules, TimeProvider time) => TypedResults.Ok(SeasonView.Of(Season.At(time.GetUtcNow(), rules.Seasons)));

    private static async Task<Ok<ArchiveView>> GetAsync(int number, CurrentUser user, SeasonArchive archive, AccountStore accounts, CancellationToken cancellationToken)
    {
        if (await archive.FindAsync(number, cancellationToken) is not { IsComplete: true } season)
            throw ApiException.NotFound("season", $"{number}");
        var (account, _) = await accounts.FindAsync(user.Id, cancellationToken);
        return TypedResults.Ok(new ArchiveView(number, season.Begin, season.End, season.Participants, [.. season.Standings.Select((s, i) => new StandingView(i + 1, s.UserId, s.Username, s.Xp))],
            account.Balance.Boards.TryGetValue($"season:{new Season(number, season.Begin, season.End).Id}", out var score) ? score.Xp : null));
    }

    /// <param name="End">The moment after it.</param>
    internal sealed record SeasonView(int Number, DateTimeOffset Begin, DateTimeOffset End)
    {
        public static SeasonView Of(Season season) => new(season.Number, season.Begin, season.End);
    }

    internal sealed record StandingView(int Rank, string UserId, string? Username, long Xp);

    /// <param name="Participants">How many users had points when it was closed.</param>
    /// <param name="Standings">The best hundred, with what became known later.</param>
    /// <param name="MyXp">The caller's points in it; null when there are none, or they are kept no longer.</param>
    internal sealed record ArchiveView(int Number, DateTimeOffset Begin, DateTimeOffset End, int Participants, IReadOnlyList<StandingView> Standings, long? MyXp);
}
