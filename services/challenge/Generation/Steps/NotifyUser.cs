using System.Text.Json;
using Dapr.Client;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults;

namespace Deepiri.Challenge.Generation.Steps;

/// <summary>Tells the user that the challenge is there. The notification is known by its cause, so that there is one however often this runs.</summary>
internal sealed class NotifyUser(ServiceClients services, DaprClient dapr, ILogger<NotifyUser> log) : Step<NotifyUser.Input, bool>(GenerationStep.Notify, dapr, log)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    protected override async Task<bool> RunStepAsync(string generationId, Input input)
    {
        var generation = input.Generation;
        var notification = new Notification(generation.UserId, $"generation:{generationId}:done", EventTypes.ChallengeGenerated, "Your challenge is ready", input.Title, generation.RequestId);
        await services.PostAsync<Notification, JsonDocument>("notification-service", "/api/notifications", notification, onBehalfOf: null, s_patience, CancellationToken.None, generation.RequestId);
        await TellAsync(generationId, generation, "completed", generation.ChallengeId);
        return true;
    }

    internal sealed record Input(GenerationInput Generation, string Title) : IStepInput;

    private sealed record Notification(string UserId, string Cause, string Type, string Title, string Body, string? RequestId);
}
