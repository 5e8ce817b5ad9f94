using System.Security.Cryptography;
using System.Text;
using Deepiri.Challenge.Challenges;
using Deepiri.CodeExecution;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Http;
using Deepiri.ServiceDefaults.Identity;
using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Deepiri.Challenge.Submissions;

/// <summary>Trying challenges.</summary>
internal static class SubmissionsApi
{
    public static IServiceCollection AddSubmissions(this IServiceCollection services) => services.AddSandboxChecks().AddSingleton<Judge>().AddSingleton<SubmissionStore>();

    public static void MapSubmissions(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/challenges/{id}/submissions").WithTags("Challenges");
        group.MapPost("/", SubmitAsync).Validate(new SubmitRules()).WithSummary("Hand in a solution; it is run against all tests, and earns its XP once");
        group.MapGet("/", ListAsync).WithSummary("The caller's own submissions, the newest first");
        group.MapGet("/{submissionId}", GetAsync).WithSummary("One of them");
    }

    private static async Task<Created<SubmissionView>> SubmitAsync(string id, SubmitRequest request, [FromHeader(Name = "Idempotency-Key")] string? idempotencyKey, CurrentUser user,
        ChallengeStore challenges, Judge judge, SubmissionStore store, HttpContext context, CancellationToken cancellationToken)
    {
        var challenge = await challenges.FindPublishedAsync(id, cancellationToken) ?? throw ApiException.NotFound("challenge", id);
        var submissionId = IdOf(idempotencyKey, user.Id, id);
        var known = idempotencyKey is null ? null : await store.FindAsync(id, user.Id, submissionId, cancellationToken);
        var submission = known ?? await store.AddAsync(challenge, user.Id, submissionId, request.Code!, await judge.JudgeAsync(challenge.Content, user.Id, request.Code!, cancellationToken), context.TraceIdentifier, cancellationToken);
        if (submission.Code != request.Code)
            throw ApiException.KeyReused();
        return TypedResults.Created($"/api/challenges/{id}/submissions/{submission.Id}", SubmissionView.Of(submission));
    }

    private static async Task<Ok<Page<SubmissionView>>> ListAsync(string id, [AsParameters] Paging paging, CurrentUser user, ChallengeStore challenges, SubmissionStore store, CancellationToken cancellationToken)
    {
        if (await challenges.FindPublishedAsync(id, cancellationToken) is null)
            throw ApiException.NotFound("challenge", id);
        var page = await store.ListAsync(id, user.Id, paging.Size, paging.CursorId, cancellationToken);
        return TypedResults.Ok(new Page<SubmissionView>([.. page.Items.Select(SubmissionView.Of)], page.Next));
    }

    private static async Task<Ok<SubmissionView>> GetAsync(string id, string submissionId, CurrentUser user, SubmissionStore store, CancellationToken cancellationToken) =>
        TypedResults.Ok(SubmissionView.Of(Guid.TryParseExact(id, "D", out _) && await store.FindAsync(id, user.Id, submissionId, cancellationToken) is { } submission ? submission : throw ApiException.NotFound("submission", submissionId)));

    private static string IdOf(string? idempotencyKey, string userId, string challengeId) => idempotencyKey switch
    {
        null => Guid.NewGuid().ToString("N"),
        { Length: 0 or > 255 } => throw ApiException.Validation("Idempotency-Key", "1 to 255 characters."),
        _ => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{userId}\n{challengeId}\n{idempotencyKey}")))[..32],
    };

    /// <param name="Code">The solution, in the challenge's language; at most 50,000 characters.</param>
    internal sealed record SubmitRequest(string? Code);

    private sealed class SubmitRules : AbstractValidator<SubmitRequest>
    {
        public SubmitRules() => RuleFor(r => r.Code).IsText(50_000);
    }
}
