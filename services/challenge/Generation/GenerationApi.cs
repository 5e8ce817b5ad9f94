using System.Globalization;
using Dapr.Workflow;
using Deepiri.Challenge.Challenges;
using Deepiri.Challenge.Generation.Steps;
using Deepiri.ChallengeGrammar;
using Deepiri.CodeExecution;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Identity;
using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Deepiri.Challenge.Generation;

/// <summary>Generating challenges.</summary>
internal static class GenerationApi
{
    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(30);

    public static IServiceCollection AddGeneration(this IServiceCollection services)
    {
        services.AddCodeExecution().AddSingleton<CyrexClient>().AddSingleton<GenerationService>();
        services.AddDaprWorkflow(options =>
        {
            options.RegisterWorkflow<GenerateChallenge>();
            options.RegisterActivity<LoadProfile>();
            options.RegisterActivity<SelectChallenge>();
            options.RegisterActivity<MakeChallenge>();
            options.RegisterActivity<VerifyChallenge>();
            options.RegisterActivity<StoreChallenge>();
            options.RegisterActivity<PublishChallenge>();
            options.RegisterActivity<NotifyUser>();
            options.RegisterActivity<WithdrawChallenge>();
            options.RegisterActivity<TellFailure>();
        });
        return services;
    }

    public static void MapGeneration(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/challenges").WithTags("Challenges");
        group.MapPost("/generate", StartAsync).Validate(new GenerateRules()).WithSummary("Generate a challenge; with Prefer: wait=5 the answer is the challenge when it is ready in time");
        group.MapGet("/generations/{id}", GetAsync).WithSummary("How far a generation is");
    }

    private static async Task<Results<Created<ChallengeView>, Accepted<GenerationView>>> StartAsync(GenerateRequest request, [FromHeader(Name = "Idempotency-Key")] string? idempotencyKey, [FromHeader] string? prefer,
        CurrentUser user, GenerationService generations, ChallengeStore challenges, CodeRunner runner, HttpContext context, CancellationToken cancellationToken)
    {
        if (idempotencyKey is { Length: 0 or > 255 })
            throw ApiException.Validation("Idempotency-Key", "1 to 255 characters.");
        if (request.Language is { } language && !runner.Languages.Contains(language))
            throw new ApiException(StatusCodes.Status422UnprocessableEntity, "LANGUAGE_UNAVAILABLE", $"This server cannot run {language}. It can run {string.Join(", ", runner.Languages)}.");
        var id = await generations.StartAsync(user.Id, request, idempotencyKey, context.TraceIdentifier, cancellationToken);
        var wait = WaitOf(prefer);
        if (wait > TimeSpan.Zero)
            context.Response.Headers["Preference-Applied"] = $"wait={wait.TotalSeconds:0}";
        var (input, state) = await (wait > TimeSpan.Zero ? generations.WaitAsync(user.Id, id, wait, cancellationToken) : generations.FindAsync(user.Id, id, cancellationToken))
            ?? throw ApiException.NotFound("generation", id);
        var view = GenerationView.Of(id, input, state);
        if (wait > TimeSpan.Zero && view.ChallengeId is { } challengeId && await challenges.FindPublishedAsync(challengeId, cancellationToken) is { } challenge)
            return TypedResults.Created($"/api/challenges/{challengeId}", ChallengeView.Of(challenge));
        if (wait > TimeSpan.Zero && view.Status == GenerationView.Failed)
            throw new ApiException(StatusCodes.Status503ServiceUnavailable, "GENERATION_FAILED", $"{view.Error} Nothing was stored; please ask again.", new Dictionary<string, object?> { ["generationId"] = id }, retryable: true, retryAfter: TimeSpan.FromSeconds(5));
        return TypedResults.Accepted($"/api/challenges/generations/{id}", view);
    }

    private static async Task<Ok<GenerationView>> GetAsync(string id, CurrentUser user, GenerationService generations, HttpContext context, CancellationToken cancellationToken)
    {
        var (input, state) = await generations.FindAsync(user.Id, id, cancellationToken) ?? throw ApiException.NotFound("generation", id);
        var view = GenerationView.Of(id, input, state);
        if (view.Status == GenerationView.Running)
            context.Response.Headers.RetryAfter = "1";
        return TypedResults.Ok(view);
    }

    /// <summary>The <c>wait</c> of a Prefer header (RFC 7240); what is not understood is no preference.</summary>
    private static TimeSpan WaitOf(string? prefer)
    {
        var wait = (prefer ?? "").Split([',', ';'], StringSplitOptions.TrimEntries).FirstOrDefault(p => p.StartsWith("wait=", StringComparison.OrdinalIgnoreCase));
        if (wait is null || !int.TryParse(wait["wait=".Length..].Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            return TimeSpan.Zero;
        return seconds > s_longestWait.TotalSeconds ? s_longestWait : TimeSpan.FromSeconds(seconds);
    }

    private sealed class GenerateRules : AbstractValidator<GenerateRequest>
    {
        public GenerateRules()
        {
            RuleFor(r => r.Topic).Must(t => t is null || Grammar.Topics.Contains(t)).WithMessage($"One of: {string.Join(", ", Grammar.Topics)}.");
            RuleFor(r => r.Language).Must(l => l is null || ProgrammingLanguage.All.Contains(l)).WithMessage($"One of: {string.Join(", ", ProgrammingLanguage.All)}.");
        }
    }
}
