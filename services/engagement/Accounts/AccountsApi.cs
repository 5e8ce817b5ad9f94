using Dapr.Actors.Client;
using Deepiri.Engagement.Achievements;
using Deepiri.Engagement.Challenges;
using Deepiri.Engagement.Ledger;
using Deepiri.Engagement.Rules;
using Deepiri.Engagement.Streaks;
using Deepiri.ServiceDefaults.Actors;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Http;
using Deepiri.ServiceDefaults.Identity;
using Deepiri.ServiceDefaults.Outbox;
using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.Engagement.Accounts;

/// <summary>A user's account, for themselves and for other services.</summary>
internal static class AccountsApi
{
    public static IServiceCollection AddAccounts(this IServiceCollection services) =>
        services.AddSingleton<AccountStore>().AddOutbox(AccountStore.Store).AddPlatformActors(actors => actors.RegisterActor<AccountActor>(AccountActor.TypeName));

    public static void MapAccounts(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/gamification").WithTags("Gamification");
        group.MapGet("/me", (CurrentUser user, AccountStore store, ChallengeStatistics challenges, GameRules rules, TimeProvider time, CancellationToken cancellationToken) => GetAsync(user.Id, store, challenges, rules, time, cancellationToken))
            .WithSummary("The caller's XP, level, streak and achievements");
        group.MapGet("/preferences", GetPreferencesAsync).WithSummary("How the caller wants the game to treat them");
        group.MapPut("/preferences", SetPreferencesAsync).Validate(new PreferencesRules()).WithSummary("Change the caller's time zone and streaks, and whether they appear on public leaderboards; what is left out stays");
        endpoints.MapGet("/api/points/{userId}", GetAsync).RequireRole(Roles.Service).ExcludeFromDescription();
    }

    private static async Task<Ok<AccountView>> GetAsync(string userId, AccountStore store, ChallengeStatistics challenges, GameRules rules, TimeProvider time, CancellationToken cancellationToken)
    {
        var ((_, _, _, balance, preferences, _), _) = await store.FindAsync(userId, cancellationToken);
        var streak = Streak.Of(balance.ActiveDays, preferences.Streak, rules.Streaks, preferences.DayOf(time.GetUtcNow()));
        var level = rules.Levels.Of(balance.Total.Xp);
        return TypedResults.Ok(new AccountView(userId, balance.Total.Xp, level, rules.Levels.XpAt(level + 1), streak.Days, streak.Freezes, balance.TasksCompleted, balance.ChallengesSolved, balance.Achievements,
            (await challenges.OfAsync(userId, cancellationToken)).Generated));
    }

    private static async Task<Ok<PreferencesView>> GetPreferencesAsync(CurrentUser user, AccountStore store, TimeProvider time, CancellationToken cancellationToken) =>
        TypedResults.Ok(PreferencesView.Of((await store.FindAsync(user.Id, cancellationToken)).Account.Preferences, time.GetUtcNow()));

    private static async Task<Ok<PreferencesView>> SetPreferencesAsync(PreferencesRequest wanted, CurrentUser user, IActorProxyFactory proxies, TimeProvider time) =>
        TypedResults.Ok(PreferencesView.Of(await proxies.Account(user.Id).SetPreferencesAsync(wanted)
            ?? throw new ApiException(StatusCodes.Status409Conflict, "MOVED_RECENTLY", $"The time zone can be changed once in {AccountPreferences.BetweenMoves.TotalHours} hours.", retryable: true), time.GetUtcNow()));

    /// <param name="XpForNextLevel">The XP with which the next level begins.</param>
    /// <param name="Streak">Days in a row with something done.</param>
    /// <param name="StreakFreezes">How many days without anything done the streak can still bear.</param>
    internal sealed record AccountView(string UserId, long Xp, int Level, long XpForNextLevel, int Streak, int StreakFreezes, int TasksCompleted, int ChallengesSolved, IReadOnlyList<string> Achievements, int ChallengesGenerated);

    /// <param name="TimeZone">Where the caller's days begin and end: an IANA name; UTC by default.</param>
    /// <param name="PublicBoards">Whether they appear on public leaderboards; true by default.</param>
    /// <param name="Streak">Which days count: daily, weekdays or off; daily by default.</param>
    /// <param name="Holidays">Days on which they are or will be away; none by default.</param>
    internal sealed record PreferencesView(string TimeZone, bool PublicBoards, StreakMode Streak, IReadOnlyList<DayRange> Holidays)
    {
        public static PreferencesView Of(AccountPreferences p, DateTimeOffset now) => new(p.TimeZone, !p.IsPrivate, p.Streak.Mode, [.. p.Streak.Holidays.Where(h => h.To >= p.DayOf(now))]);
    }

    private sealed class PreferencesRules : AbstractValidator<PreferencesRequest>
    {
        private const int MostHolidays = 20;
        private const int LongestHoliday = 60;

        public PreferencesRules()
        {
            RuleFor(p => p.TimeZone).IsTimeZone();
            RuleFor(p => p.Holidays).Must(h => h is null || h.Count <= MostHolidays).WithMessage($"At most {MostHolidays} holidays.");
            RuleForEach(p => p.Holidays).Must(h => h is not null && h.From <= h.To && h.To.DayNumber - h.From.DayNumber < LongestHoliday).WithMessage($"From one day to another, {LongestHoliday} days at most.");
        }
    }
}
