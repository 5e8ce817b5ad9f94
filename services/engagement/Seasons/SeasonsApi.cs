using Deepiri.Engagement.Accounts;
using Deepiri.Engagement.Leaderboards;
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
        group.MapGet("/{id}", GetAsync).WithSummary("How a season ended, and the caller's points in it while they are kept");
    }

    private static Ok<SeasonView> GetCurrent(GameRules rules, TimeProvider time) => TypedResults.Ok(SeasonView.Of(Season.At(time.GetUtcNow(), rules.Seasons)));

    private static async Task<Ok<ArchiveView>> GetAsync(string id, CurrentUser user, SeasonArchive archive, AccountStore accounts, CancellationToken cancellationToken)
    {
        if (!DateOnly.TryParseExact(id, "yyyy-MM-dd", out _) || await archive.FindAsync(id, cancellationToken) is not { IsComplete: true } season)
            throw ApiException.NotFound("season", id);
        var (account, _) = await accounts.FindAsync(user.Id, cancellationToken);
        // As they are called now; who stays away from boards by now is not shown on this one either.
        var known = (await accounts.FindAsync([.. season.Standings.Select(s => s.UserId)], cancellationToken)).ToDictionary(a => a.UserId);
        var shown = season.Standings.Where(s => known.TryGetValue(s.UserId, out var a) && (!a.Preferences.IsPrivate || a.UserId == user.Id));
        return TypedResults.Ok(new ArchiveView(id, season.Begin, season.End, season.Participants, [.. shown.Select((s, i) => new StandingView(i + 1, s.UserId, known[s.UserId].Username, s.Xp))],
            account.Balance.Boards.TryGetValue(BoardKeys.OfSeason(id), out var score) ? score.Xp : null));
    }

    /// <param name="Id">The day on which it begins.</param>
    /// <param name="End">The moment after it.</param>
    internal sealed record SeasonView(string Id, DateTimeOffset Begin, DateTimeOffset End)
    {
        public static SeasonView Of(Season season) => new(season.Id, season.Begin, season.End);
    }

    internal sealed record StandingView(int Rank, string UserId, string? Username, long Xp);

    /// <param name="Participants">How many users had points when it was closed.</param>
    /// <param name="Standings">The best hundred, with what became known later.</param>
    /// <param name="MyXp">The caller's points in it; null when there are none, or they are kept no longer.</param>
    internal sealed record ArchiveView(string Id, DateTimeOffset Begin, DateTimeOffset End, int Participants, IReadOnlyList<StandingView> Standings, long? MyXp);
}
