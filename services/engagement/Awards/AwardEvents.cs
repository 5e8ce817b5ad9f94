using Deepiri.Contracts;
using Deepiri.ServiceDefaults.Events;

namespace Deepiri.Engagement.Awards;

/// <summary>The events that earn points.</summary>
internal static class AwardEvents
{
    public static IServiceCollection AddAwards(this IServiceCollection services) => services.AddSingleton<AwardService>();

    public static void MapAwardEvents(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapEvent<TaskChanged>(Topics.Tasks, EventTypes.TaskCompleted, (received, services, cancellationToken) =>
            services.GetRequiredService<AwardService>().AwardTaskAsync(received.Data, received.Id, cancellationToken));
        endpoints.MapEvent<ChallengeCompleted>(Topics.Challenges, EventTypes.ChallengeCompleted, (received, services, cancellationToken) =>
            services.GetRequiredService<AwardService>().AwardChallengeAsync(received.Data, received.Id, cancellationToken));
    }
}
