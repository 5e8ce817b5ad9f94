using Dapr.Client;
using Deepiri.Challenge.Challenges;
using Deepiri.Contracts;

namespace Deepiri.Challenge.Generation.Steps;

/// <summary>Stores the challenge as a draft, which nobody sees yet.</summary>
internal sealed class StoreChallenge(ChallengeStore store, TimeProvider time, DaprClient dapr, ILogger<StoreChallenge> log) : Step<StoreChallenge.Input, bool>(GenerationStep.Store, dapr, log)
{
    protected override async Task<bool> RunStepAsync(string generationId, Input input)
    {
        var generation = input.Generation;
        await store.AddDraftAsync(new ChallengeItem(generation.ChallengeId, generationId, generation.UserId, ChallengeState.Draft, input.Challenge, time.GetUtcNow()), CancellationToken.None);
        return true;
    }

    internal sealed record Input(GenerationInput Generation, GeneratedChallenge Challenge) : IStepInput;
}
