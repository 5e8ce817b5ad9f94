using Deepiri.Contracts;
using Deepiri.Engagement.Challenges;
using Deepiri.Engagement.Leaderboards;
using Deepiri.ServiceDefaults.Events;
using Deepiri.ServiceDefaults.Identity;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.Engagement.Accounts;

/// <summary>A user's account, for themselves and for other services.</summary>
internal static class AccountsApi
{
    public static IServiceCollection AddAccounts(this IServiceCollection services) => services.AddSingleton<AccountStore>();

    public static void MapAccounts(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/api/gamification/me", (CurrentUser user, AccountStore store, ChallengeStatistics challenges, TimeProvider time, CancellationToken cancellationToken) => GetAsync(user.Id, store, challenges, time, cancellationToken))
            .WithTags("Gamification").WithSummary("The caller's XP, level, streak and achievements");
        endpoints.MapGet("/api/points/{userId}", GetAsync).RequireRole(Roles.Service).ExcludeFromDescription();
        endpoints.MapEvent<UserChanged>(Topics.Users, EventTypes.UserRegistered, RenameAsync);
        endpoints.MapEvent<UserChanged>(Topics.Users, EventTypes.UserUpdated, RenameAsync);
    }

    private static async Task<Ok<AccountView>> GetAsync(string userId, AccountStore store, ChallengeStatistics challenges, TimeProvider time, CancellationToken cancellationToken)
    {
        // A user who has not earned anything yet has an empty account.
        var account = (await store.FindAsync(userId, cancellationToken)).Account ?? Account.New(userId);
        return TypedResults.Ok(new AccountView(userId, account.Xp, account.Level, Levels.XpAt(account.Level + 1), account.CurrentStreak(time.GetUtcNow()), account.TasksCompleted, account.ChallengesSolved, account.Achievements,
            (await challenges.OfAsync(userId, cancellationToken)).Generated));
    }

    private static async Task RenameAsync(ReceivedEvent<UserChanged> received, IServiceProvider services, CancellationToken cancellationToken)
    {
        var account = await services.GetRequiredService<AccountStore>().RenameAsync(received.Data, cancellationToken);
        services.GetRequiredService<LeaderboardSet>().Update(account);
    }

    internal sealed record AccountView(string UserId, long Xp, int Level, long XpForNextLevel, int Streak, int TasksCompleted, int ChallengesSolved, IReadOnlyList<string> Achievements, int ChallengesGenerated);
}
