using Dapr.Client;
using Deepiri.Challenge.Challenges;

namespace Deepiri.Challenge.Generation.Steps;

/// <summary>Makes the challenge visible and tells of it: both or neither.</summary>
internal sealed class PublishChallenge(ChallengeStore store, DaprClient dapr, ILogger<PublishChallenge> log) : Step<PublishChallenge.Input, bool>(GenerationStep.Publish, dapr, log)
{
    protected override async Task<bool> RunStepAsync(string generationId, Input input)
    {
        await store.PublishAsync(input.Generation.ChallengeId, input.Generation.RequestId, CancellationToken.None);
        return true;
    }

    internal sealed record Input(GenerationInput Generation) : IStepInput;
}
