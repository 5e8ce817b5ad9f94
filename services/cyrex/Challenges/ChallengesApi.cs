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
        return services.AddSingleton<CodeRunner>().AddSingleton<ChallengeGenerator>();
    }

    public static void MapChallenges(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/challenges").WithTags("Challenges");
        group.MapPost("/generate", GenerateAsync).Validate(new ChallengeRequestRules()).WithSummary("Generate a challenge; what is left open is chosen for the learner");
        group.MapPost("/select", Select).Validate(new ChallengeRequestRules()).WithSummary("Choose topic and difficulty for a learner");
    }

    private static Ok<Selection> Select(ChallengeRequest request) => TypedResults.Ok(Choose(request));

    /// <summary>Other services get everything; a person does not get what would spoil the challenge.</summary>
    private static async Task<Ok<GeneratedChallenge>> GenerateAsync(ChallengeRequest request, ChallengeGenerator generator, HttpContext context, CancellationToken cancellationToken)
    {
        var challenge = await generator.GenerateAsync(request, Choose(request), cancellationToken);
        return TypedResults.Ok(context.Request.Headers[Headers.UserRole] == Roles.Service ? challenge : WithoutSecrets(challenge));
    }

    private static Selection Choose(ChallengeRequest request) => SelectionRules.Choose(request.Topic, request.Difficulty, request.UserProfile?.Level, request.UserProfile?.CompletedTopics);

    private static GeneratedChallenge WithoutSecrets(GeneratedChallenge challenge) => challenge with { Solution = "", TestCases = [.. challenge.TestCases.Where(t => !t.Hidden)] };
}
