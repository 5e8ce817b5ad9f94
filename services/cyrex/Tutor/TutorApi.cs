using Deepiri.Cyrex.TextGeneration;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Http;
using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.Cyrex.Tutor;

/// <summary>The tutor.</summary>
internal static class TutorApi
{
    private const string Instruction = "You are a patient programming tutor. Help the learner to find the solution themselves: never write the whole solution. Answer in at most 150 words.";

    public static void MapTutor(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost("/ai-tutor/chat", ChatAsync).Validate(new ChatRules()).WithTags("Tutor").WithSummary("Ask the tutor");

    private static async Task<Ok<ChatAnswer>> ChatAsync(ChatRequest request, Answers answers, CancellationToken cancellationToken)
    {
        var (challenge, level) = (request.Context?.CurrentChallenge, request.Context?.UserLevel ?? 1);
        var rules = TutorRules.Answer(request.Message!, challenge?.Topic, challenge?.Title, level);
        var question = challenge is null ? request.Message! : $"{request.Message}\n\nThe challenge: {challenge.Title} ({challenge.Topic}, {challenge.Difficulty})\n{challenge.Description}";
        var answer = await answers.GetAsync("tutor", $"{Instruction} The learner's level is {level}; beginners are at 1 to 3.", question, level, () => rules.Response, cancellationToken);
        return TypedResults.Ok(new ChatAnswer(answer.Text, rules.Suggestions, answer.Source));
    }

    /// <param name="Message">The question; at most 4,000 characters.</param>
    internal sealed record ChatRequest(string? Message, ChatContext? Context);

    internal sealed record ChatContext(string? UserId, CurrentChallenge? CurrentChallenge, int? UserLevel);

    /// <summary>The challenge that the learner is at, as <c>GET /api/challenges/{id}</c> shows it.</summary>
    internal sealed record CurrentChallenge(string? Id, string? Title, string? Description, string? Topic, string? Difficulty);

    internal sealed record ChatAnswer(string Response, IReadOnlyList<string> Suggestions, string Source);

    private sealed class ChatRules : AbstractValidator<ChatRequest>
    {
        public ChatRules()
        {
            RuleFor(r => r.Message).IsText(4000);
            When(r => r.Context is not null, () =>
            {
                RuleFor(r => r.Context!.UserLevel).IsLevel().OverridePropertyName("context.userLevel");
                RuleFor(r => r.Context!.CurrentChallenge!.Description).MaximumLength(10_000).WithMessage("At most 10,000 characters.").When(r => r.Context!.CurrentChallenge is not null).OverridePropertyName("context.currentChallenge.description");
            });
        }
    }
}
