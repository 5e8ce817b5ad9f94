using Dapr.Actors.Client;
using Deepiri.ChallengeGrammar;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.Actors;
using Deepiri.ServiceDefaults.Events;

namespace Deepiri.Cyrex.Personalization;

/// <summary>An actor per learner, which learns from their tries.</summary>
internal static class PersonalizationServices
{
    public static IServiceCollection AddPersonalization(this IServiceCollection services)
    {
        services.AddPlatformActors(actors => actors.RegisterActor<LearnerActor>(LearnerActor.TypeName));
        return services.AddSingleton<SuccessModel>();
    }

    public static void MapPersonalization(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapActorsHandlers();
        endpoints.MapEvent<ChallengeCompleted>(Topics.Challenges, EventTypes.ChallengeCompleted, (received, services, _) => ObserveAsync(received.Data, services.GetRequiredService<IActorProxyFactory>()));
    }

    /// <summary>A try at something that this version does not know teaches nothing.</summary>
    private static Task ObserveAsync(ChallengeCompleted tried, IActorProxyFactory proxies) =>
        Enum.TryParse<Difficulty>(tried.Difficulty, ignoreCase: true, out var difficulty) && Grammar.Topics.Contains(tried.Topic)
            ? proxies.Learner(tried.UserId).ObserveAsync(new Observation(tried.SubmissionId, tried.Topic, difficulty, tried.Succeeded))
            : Task.CompletedTask;

    /// <summary>A user's actor.</summary>
    public static ILearnerActor Learner(this IActorProxyFactory proxies, string userId) => new LearnerProxy(proxies.Actor(LearnerActor.TypeName, userId));

    private sealed class LearnerProxy(ActorProxy actor) : ILearnerActor
    {
        public Task<LearnerState> GetAsync() => actor.InvokeMethodAsync<LearnerState>(nameof(GetAsync));

        public Task ObserveAsync(Observation observation) => actor.InvokeMethodAsync(nameof(ObserveAsync), observation);
    }
}
