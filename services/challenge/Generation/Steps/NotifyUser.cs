using System.Text.Json;
using Dapr.Client;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults;

namespace Deepiri.Challenge.Generation.Steps;

/// <summary>Tells the user how it ended. The notification is known by its cause, so that there is one however often this runs.</summary>
internal sealed class NotifyUser(ServiceClients services, DaprClient dapr, ILogger<NotifyUser> log) : Step<NotifyUser.Input, bool>(GenerationStep.Notify, dapr, log)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    protected override async Task<bool> RunStepAsync(string generationId, Input input)
    {
        var done = input.Title is not null;
        var notification = done
            ? NotificationOf(input, $"generation:{generationId}:done", EventTypes.ChallengeGenerated, "Your challenge is ready", input.Title!)
            : NotificationOf(input, $"generation:{generationId}:failed", "challenge.generation.failed", "No challenge this time", "Your challenge could not be made. Nothing was stored; please ask again.");
        await services.PostAsync<Notification, JsonDocument>("notification-service", "/api/notifications", notification, onBehalfOf: null, s_patience, CancellationToken.None);
        await TellAsync(generationId, input.Generation, done ? "completed" : "failed", done ? input.Generation.ChallengeId : null);
        return true;
    }

    private static Notification NotificationOf(Input input, string cause, string type, string title, string body) => new(input.Generation.UserId, cause, type, title, body, input.Generation.RequestId);

    /// <param name="Title">The challenge's title; null when there is none.</param>
    internal sealed record Input(GenerationInput Generation, string? Title) : IStepInput;

    private sealed record Notification(string UserId, string Cause, string Type, string Title, string Body, string? RequestId);
}
