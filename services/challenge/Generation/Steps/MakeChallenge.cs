using Dapr.Client;
using Deepiri.ChallengeGrammar;
using Deepiri.CodeExecution;
using Deepiri.Contracts;

namespace Deepiri.Challenge.Generation.Steps;

/// <summary>Has the challenge made: by cyrex, or by the grammar when cyrex does not answer or what it made could not be verified.</summary>
internal sealed class MakeChallenge(CyrexClient cyrex, CodeRunner runner, DaprClient dapr, ILogger<MakeChallenge> log) : Step<MakeChallenge.Input, GeneratedChallenge>(GenerationStep.Generate, dapr, log)
{
    protected override async Task<GeneratedChallenge> RunStepAsync(string generationId, Input input)
    {
        var (topic, difficulty) = (input.Selection.Topic, input.Selection.Difficulty);
        var request = CyrexRequest.Of(input.Generation, input.Learner) with { Topic = topic, Difficulty = difficulty, Seed = input.Generation.Seed };
        return (input.RulesOnly ? null : await cyrex.TryGenerateAsync(request, input.Generation.RequestId))
            ?? Grammar.Generate(topic, difficulty, input.Generation.Wish.Language ?? runner.PreferredLanguage, input.Generation.Seed);
    }

    internal sealed record Input(GenerationInput Generation, Learner Learner, Selection Selection, bool RulesOnly) : IStepInput;
}
