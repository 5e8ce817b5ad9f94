using Deepiri.CodeExecution;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Http;
using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.Cyrex.CodeAnalysis;

/// <summary>Looking at a learner's code.</summary>
internal static class CodeAnalysisApi
{
    public static void MapCodeAnalysis(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost("/code/analyze", Analyze).Validate(new AnalyzeRules()).WithTags("Code").WithSummary("Findings with line numbers, an estimate of complexity, and notes on style");

    private static Ok<CodeReport> Analyze(AnalyzeRequest request) =>
        TypedResults.Ok(CodeAnalyzer.Analyze(request.Language!, request.Code!, request.ChallengeContext?.ExpectedComplexity is { } expected ? ComplexityRules.Normalize(expected) : null));

    /// <param name="Code">The source; at most 50,000 characters in 2,000 lines.</param>
    /// <param name="Language">python, javascript or csharp.</param>
    internal sealed record AnalyzeRequest(string? Code, string? Language, ChallengeContext? ChallengeContext);

    /// <param name="ExpectedComplexity">For example <c>O(n log n)</c>.</param>
    internal sealed record ChallengeContext(string? ChallengeId, string? ExpectedComplexity);

    private sealed class AnalyzeRules : AbstractValidator<AnalyzeRequest>
    {
        private const int MostLines = 2000;

        public AnalyzeRules()
        {
            RuleFor(r => r.Code).IsText(50_000).Must(c => CodeScanner.WithPlainLineEnds(c!).AsSpan().Count('\n') < MostLines).WithMessage($"At most {MostLines:N0} lines.");
            RuleFor(r => r.Language).Must(l => l is not null && ProgrammingLanguage.All.Contains(l)).WithMessage($"One of: {string.Join(", ", ProgrammingLanguage.All)}.");
            RuleFor(r => r.ChallengeContext!.ExpectedComplexity).Must(e => e is null || ComplexityRules.Normalize(e) is not null).WithMessage($"One of: {string.Join(", ", ComplexityRules.Classes)}.")
                .When(r => r.ChallengeContext is not null).OverridePropertyName("challengeContext.expectedComplexity");
        }
    }
}
