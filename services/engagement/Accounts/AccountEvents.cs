using Deepiri.ServiceDefaults.Actors;
using Dapr.Actors.Client;
using Deepiri.Contracts;
using Deepiri.Engagement.Ledger;
using Deepiri.Engagement.Rules;
using Deepiri.ServiceDefaults.Events;

namespace Deepiri.Engagement.Accounts;

/// <summary>The events that change accounts.</summary>
internal static class AccountEvents
{
    public static void MapAccountEvents(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapEvent<TaskChanged>(Topics.Tasks, EventTypes.TaskCompleted, (received, services, _) => services.AwardAsync(Earned(received, services.GetRequiredService<GameRules>())));
        endpoints.MapEvent<ChallengeCompleted>(Topics.Challenges, EventTypes.ChallengeCompleted, (received, services, _) =>
            received.Data.IsFirstSuccess ? services.AwardAsync(Earned(received, services.GetRequiredService<GameRules>())) : Task.CompletedTask);
        endpoints.MapEvent<UserChanged>(Topics.Users, EventTypes.UserRegistered, RenameAsync);
        endpoints.MapEvent<UserChanged>(Topics.Users, EventTypes.UserUpdated, RenameAsync);
    }

    /// <summary>A user's actor.</summary>
    public static IAccountActor Account(this IActorProxyFactory proxies, string userId) => new AccountProxy(proxies.Actor(AccountActor.TypeName, userId));

    /// <summary>Gives points to who earned them.</summary>
    public static Task AwardAsync(this IServiceProvider services, Earned earned) => services.GetRequiredService<IActorProxyFactory>().Account(earned.UserId).AwardAsync(earned);

    private static Task RenameAsync(ReceivedEvent<UserChanged> received, IServiceProvider services, CancellationToken cancellationToken) =>
        services.GetRequiredService<IActorProxyFactory>().Account(received.Data.UserId).RenameAsync(received.Data);

    /// <summary>The task is the cause: neither an event delivered twice nor a task that was reopened and completed again gives points a second time.</summary>
    private static Earned Earned(ReceivedEvent<TaskChanged> received, GameRules rules)
    {
        var task = received.Data;
        return new Earned($"task-{task.TaskId}", task.UserId, EntryKind.Task, rules.Tasks.For(task.Priority, task.EstimateMinutes, task.OccurredAt > task.Due), $"Completed: {task.Title}", null, received.Id, task.OccurredAt, task.RequestId);
    }

    /// <summary>Once for each challenge and user.</summary>
    private static Earned Earned(ReceivedEvent<ChallengeCompleted> received, GameRules rules)
    {
        var challenge = received.Data;
        return new Earned($"challenge-{challenge.ChallengeId}-{challenge.UserId}", challenge.UserId, EntryKind.Challenge, rules.Challenges.For(challenge.XpReward, challenge.Attempt), $"Solved: {challenge.Title}", challenge.Topic, received.Id, challenge.OccurredAt, challenge.RequestId);
    }
}
