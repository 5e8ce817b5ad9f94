using Dapr.Client;
using Deepiri.Challenge.Statistics;
using Deepiri.ServiceDefaults;
using Deepiri.ServiceDefaults.Errors;

namespace Deepiri.Challenge.Generation.Steps;

/// <summary>What is known of the learner.</summary>
/// <param name="Level">Their level; null when it could not be learned.</param>
internal sealed record Learner(int? Level, IReadOnlyList<string> CompletedTopics);

/// <summary>Gathers what is known of the learner. Who knows nothing yet, or cannot be asked, leaves a gap: a challenge can be made all the same.</summary>
internal sealed partial class LoadProfile(ServiceClients services, ChallengeStatistics statistics, DaprClient dapr, ILogger<LoadProfile> log) : Step<LoadProfile.Input, Learner>(GenerationStep.LoadProfile, dapr, log)
{
    protected override async Task<Learner> RunStepAsync(string generationId, Input input)
    {
        int? level = null;
        try
        {
            level = (await services.GetAsync<Account>("engagement-service", $"/api/points/{input.Generation.UserId}", onBehalfOf: null, CancellationToken.None, input.Generation.RequestId))?.Level;
        }
        catch (ApiException e)
        {
            LevelUnknown(log, generationId, e);
        }
        return new Learner(level, (await statistics.SolvedByAsync(input.Generation.UserId, CancellationToken.None)).Topics);
    }

    internal sealed record Input(GenerationInput Generation) : IStepInput;

    private sealed record Account(int Level);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Generation {GenerationId} goes on without the user's level")]
    private static partial void LevelUnknown(ILogger log, string generationId, Exception e);
}
