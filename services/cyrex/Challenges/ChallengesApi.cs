using Deepiri.ChallengeGrammar;
using Deepiri.CodeExecution;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Identity;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.Cyrex.Challenges;

/// <summary>Choosing and making challenges.</summary>
internal static class ChallengesApi
{
    public static IServiceCollection AddChallenges(this IServiceCollection services) =>
        services.AddCodeExecution().AddSingleton<ChallengeGenerator>().AddSingleton<ChallengeSelector>();

    public static void MapChallenges(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/challenges").WithTags("Challenges");
        group.MapPost("/generate", GenerateAsync).Validate(new ChallengeRequestRules()).WithSummary("Generate a challenge; what is left open is chosen for the learner");
        group.MapPost("/select", SelectAsync).Validate(new ChallengeRequestRules()).WithSummary("Choose topic and difficulty for a learner");
    }

    private static async Task<Ok<Selection>> SelectAsync(ChallengeRequest request, ChallengeSelector selector, HttpContext context, CancellationToken cancellationToken) =>
        TypedResults.Ok(await selector.SelectAsync(AsCaller(request, context), cancellationToken));

    /// <summary>Other services get everything; a person does not get what would spoil the challenge.</summary>
    private static async Task<Ok<GeneratedChallenge>> GenerateAsync(ChallengeRequest request, ChallengeSelector selector, ChallengeGenerator generator, HttpContext context, CancellationToken cancellationToken)
    {
        var challenge = await generator.GenerateAsync(request, await selector.SelectAsync(AsCaller(request, context), cancellationToken), cancellationToken);
        return TypedResults.Ok(IsService(context) ? challenge : WithoutSecrets(challenge));
    }

    private static bool IsService(HttpContext context) => context.Request.Headers[Headers.UserRole] == Roles.Service;

    /// <summary>A service may ask for anybody; a person is who they are, whatever they say.</summary>
    private static ChallengeRequest AsCaller(ChallengeRequest request, HttpContext context) => IsService(context)
        ? request
        : request with { UserProfile = (request.UserProfile ?? new LearnerProfile(null, null, null, null)) with { UserId = context.Request.Headers[Headers.UserId].ToString() } };

    private static GeneratedChallenge WithoutSecrets(GeneratedChallenge challenge) => challenge with { Solution = "", TestCases = [.. challenge.TestCases.Where(t => !t.Hidden)] };
}
