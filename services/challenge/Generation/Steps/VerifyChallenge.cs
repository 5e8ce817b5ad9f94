using Dapr.Client;
using Deepiri.ChallengeGrammar;
using Deepiri.CodeExecution;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.Http;

namespace Deepiri.Challenge.Generation.Steps;

/// <summary>
/// Runs the challenge's solution against its tests, although who made it says that it has done so: what is stored here is this service's
/// responsibility. Gives the fault; null when there is none.
/// </summary>
internal sealed class VerifyChallenge(CodeRunner runner, DaprClient dapr, ILogger<VerifyChallenge> log) : Step<VerifyChallenge.Input, string?>(GenerationStep.Verify, dapr, log)
{
    protected override async Task<string?> RunStepAsync(string generationId, Input input)
    {
        try
        {
            var sandbox = IsOurs(input.Challenge, input.Generation.Seed) ? SandboxRequirement.Preferred : SandboxRequirement.Required;
            return await runner.FindFaultAsync(input.Challenge, sandbox, CancellationToken.None);
        }
        catch (CannotRunException e) when (e is not SandboxUnavailableException { IsTemporary: true })
        {
            // Cyrex may run on a machine that can run more than this one.
            return e.Message;
        }
    }

    /// <summary>Whether its code is the platform's own: who made it may say so, the grammar knows.</summary>
    private static bool IsOurs(GeneratedChallenge challenge, int seed) =>
        Words<Difficulty>.Find(challenge.Difficulty) is { } difficulty && Grammar.Topics.Contains(challenge.Topic) && ProgrammingLanguage.All.Contains(challenge.Language)
        && Grammar.Generate(challenge.Topic, difficulty, challenge.Language, seed).Solution == challenge.Solution;

    internal sealed record Input(GenerationInput Generation, GeneratedChallenge Challenge) : IStepInput;
}
