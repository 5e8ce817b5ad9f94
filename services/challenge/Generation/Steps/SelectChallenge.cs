using Dapr.Client;
using Deepiri.ChallengeGrammar;

namespace Deepiri.Challenge.Generation.Steps;

/// <summary>Chooses what the user left open: cyrex does, and rules do when it does not answer.</summary>
internal sealed class SelectChallenge(CyrexClient cyrex, DaprClient dapr, ILogger<SelectChallenge> log) : Step<SelectChallenge.Input, Selection>(GenerationStep.Select, dapr, log)
{
    protected override async Task<Selection> RunStepAsync(string generationId, Input input)
    {
        var wish = input.Generation.Wish;
        return await cyrex.TrySelectAsync(CyrexRequest.Of(input.Generation, input.Learner), input.Generation.RequestId)
            ?? SelectionRules.Choose(wish.Topic, wish.Difficulty, input.Learner.Level, input.Learner.CompletedTopics);
    }

    internal sealed record Input(GenerationInput Generation, Learner Learner) : IStepInput;
}
