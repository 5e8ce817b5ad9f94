using Deepiri.Cyrex.TaskUnderstanding;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Http;
using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.Cyrex.TextGeneration;

/// <summary>Writing for the user.</summary>
internal static class TextGenerationApi
{
    private const string Instruction = "You help people plan their work and learning. Answer briefly, in plain text, with concrete steps.";

    public static IServiceCollection AddTextGeneration(this IServiceCollection services) => services.AddSingleton<TextModel>().AddSingleton<Answers>();

    public static void MapTextGeneration(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost("/agent/generate", GenerateAsync).Validate(new GenerateRules()).WithTags("Agent").WithSummary("Write for the user; without a text model, a plan for what they want to do");

    private static async Task<Ok<SourcedText>> GenerateAsync(GenerateRequest request, Answers answers, TaskParser parser, CancellationToken cancellationToken)
    {
        var task = await parser.ParseAsync(request.Prompt!, TimeZoneInfo.Utc, cancellationToken);
        return TypedResults.Ok(await answers.GetAsync("generate", Instruction, request.Prompt!, request.UserLevel, () => PlanRules.For(task), cancellationToken));
    }

    /// <param name="Prompt">What the user wants; at most 4,000 characters.</param>
    /// <param name="UserLevel">Their level, from 1.</param>
    internal sealed record GenerateRequest(string? Prompt, int? UserLevel);

    private sealed class GenerateRules : AbstractValidator<GenerateRequest>
    {
        public GenerateRules()
        {
            RuleFor(r => r.Prompt).IsText(4000);
            RuleFor(r => r.UserLevel).IsLevel();
        }
    }
}
