using Deepiri.ChallengeGrammar;
using Deepiri.CodeExecution;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.Errors;

namespace Deepiri.Cyrex.Challenges;

/// <summary>Makes challenges. Each one is verified: its solution has passed its own tests, shown and hidden.</summary>
internal sealed class ChallengeGenerator(CodeRunner runner)
{
    /// <exception cref="ApiException">422 when no challenge in this language can be verified on this machine.</exception>
    public async Task<GeneratedChallenge> GenerateAsync(ChallengeRequest request, Selection selection, CancellationToken cancellationToken)
    {
        var language = LanguageOf(request);
        var challenge = Grammar.Generate(selection.Topic, selection.Difficulty, language, request.Seed ?? Random.Shared.Next());
        if (await runner.FindFaultAsync(challenge, isTrusted: true, cancellationToken) is { } fault)
            throw new InvalidOperationException($"The grammar made a {challenge.Language} challenge ({challenge.Title}) whose solution fails: {fault}");
        return challenge;
    }

    private string LanguageOf(ChallengeRequest request)
    {
        if (request.UserProfile?.PreferredLanguage is not { } preferred)
            return runner.PreferredLanguage;
        return runner.Languages.Contains(preferred)
            ? preferred
            : throw new ApiException(StatusCodes.Status422UnprocessableEntity, "LANGUAGE_UNAVAILABLE", $"This server cannot run {preferred}. It can run {string.Join(", ", runner.Languages)}.");
    }
}
