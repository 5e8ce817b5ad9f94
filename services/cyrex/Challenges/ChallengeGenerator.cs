using Deepiri.ChallengeGrammar;
using Deepiri.CodeExecution;
using Deepiri.CodeExecution.Checks;
using Deepiri.Contracts;
using Deepiri.Cyrex.TextGeneration;
using Deepiri.ServiceDefaults.Errors;

namespace Deepiri.Cyrex.Challenges;

/// <summary>
/// Makes challenges: a text model writes them when there is one, otherwise the grammar does. Each one is verified: its solution has passed its
/// own tests, shown and hidden.
/// </summary>
internal sealed partial class ChallengeGenerator(CodeRunner runner, SandboxMonitor sandbox, TextModel model, ILogger<ChallengeGenerator> log)
{
    /// <exception cref="ApiException">422 when no challenge in this language can be verified on this machine.</exception>
    public async Task<GeneratedChallenge> GenerateAsync(ChallengeRequest request, Selection selection, CancellationToken cancellationToken)
    {
        var language = LanguageOf(request);
        if (await TryWriteAsync(request, selection, language, cancellationToken) is { } written)
            return written;
        var challenge = Grammar.Generate(selection.Topic, selection.Difficulty, language, request.Seed ?? Random.Shared.Next());
        if (await FindFaultAsync(challenge, SandboxRequirement.Preferred, cancellationToken) is { } fault)
            throw new InvalidOperationException($"The grammar made a {challenge.Language} challenge ({challenge.Title}) whose solution fails: {fault}");
        return challenge;
    }

    /// <summary>A challenge of the text model; null when there is no model, no sandbox for its code, or nothing in its answer that passes its own tests.</summary>
    private async Task<GeneratedChallenge?> TryWriteAsync(ChallengeRequest request, Selection selection, string language, CancellationToken cancellationToken)
    {
        // Its code could not be run, so that there is no use in asking.
        if (await sandbox.FindProblemAsync(cancellationToken) is not null)
            return null;
        var wish = $"A {selection.Difficulty.ToString().ToLowerInvariant()} challenge about {selection.Topic} for a learner of level {request.UserProfile?.Level ?? 1}.";
        if (await model.TryAskAsync(WrittenChallenge.Instruction(language), wish, cancellationToken) is not { } answer)
            return null;
        if (WrittenChallenge.Read(answer, selection, language) is not { } challenge)
        {
            NotUsed(log, selection.Topic, "it is not what was asked for");
            return null;
        }
        try
        {
            if (await FindFaultAsync(challenge, SandboxRequirement.Required, cancellationToken) is not { } fault)
                return challenge;
            NotUsed(log, selection.Topic, fault);
        }
        catch (SandboxUnavailableException e)
        {
            NotUsed(log, selection.Topic, e.Message);
        }
        return null;
    }

    private async Task<string?> FindFaultAsync(GeneratedChallenge challenge, SandboxRequirement sandbox, CancellationToken cancellationToken)
    {
        try
        {
            return await runner.FindFaultAsync(challenge, sandbox, cancellationToken);
        }
        catch (RunnerBusyException e)
        {
            throw new ApiException(StatusCodes.Status503ServiceUnavailable, "RUNNER_BUSY", e.Message, retryable: true, retryAfter: e.RetryAfter);
        }
    }

    private string LanguageOf(ChallengeRequest request)
    {
        if (request.UserProfile?.PreferredLanguage is not { } preferred)
            return runner.PreferredLanguage;
        return runner.Languages.Contains(preferred)
            ? preferred
            : throw new ApiException(StatusCodes.Status422UnprocessableEntity, "LANGUAGE_UNAVAILABLE", $"This server cannot run {preferred}. It can run {string.Join(", ", runner.Languages)}.");
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "What the text model wrote about {Topic} is not used: {Fault}")]
    private static partial void NotUsed(ILogger log, string topic, string fault);
}
