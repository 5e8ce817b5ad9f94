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
    public static IServiceCollection AddChallenges(this IServiceCollection services)
    {
        services.AddOptions<CodeExecutionOptions>().BindConfiguration("CodeExecution");
        return services.AddSingleton<CodeRunner>().AddSingleton<ChallengeGenerator>().AddSingleton<ChallengeSelector>();
    }

    public static void MapChallenges(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/challenges").WithTags("Challenges");
        group.MapPost("/generate", GenerateAsync).Validate(new ChallengeRequestRules()).WithSummary("Generate a challenge; what is left open is chosen for the learner");
        group.MapPost("/select", SelectAsync).Validate(new ChallengeRequestRules()).WithSummary("Choose topic and difficulty for a learner");
    }

    private static async Task<Ok<Selection>> SelectAsync(ChallengeRequest request, ChallengeSelector selector, CancellationToken cancellationToken) =>
        TypedResults.Ok(await selector.SelectAsync(request, cancellationToken));

    /// <summary>Other services get everything; a person does not get what would spoil the challenge.</summary>
    private static async Task<Ok<GeneratedChallenge>> GenerateAsync(ChallengeRequest request, ChallengeSelector selector, ChallengeGenerator generator, HttpContext context, CancellationToken cancellationToken)
    {
        var challenge = await generator.GenerateAsync(request, await selector.SelectAsync(request, cancellationToken), cancellationToken);
        return TypedResults.Ok(context.Request.Headers[Headers.UserRole] == Roles.Service ? challenge : WithoutSecrets(challenge));
    }

    private static GeneratedChallenge WithoutSecrets(GeneratedChallenge challenge) => challenge with { Solution = "", TestCases = [.. challenge.TestCases.Where(t => !t.Hidden)] };
}
