using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Http;
using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.Cyrex.TaskUnderstanding;

/// <summary>Understanding tasks.</summary>
internal static class TaskUnderstandingApi
{
    public static IServiceCollection AddTaskUnderstanding(this IServiceCollection services) => services.AddSingleton<TaskParser>();

    public static void MapTaskUnderstanding(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost("/agent/parse-task", ParseAsync).Validate(new ParseRules()).WithTags("Tasks").WithSummary("Understand a task: title, due, estimate, priority, tags, category, each with how sure it is");

    private static async Task<Ok<ParsedTask>> ParseAsync(ParseRequest request, TaskParser parser, CancellationToken cancellationToken) =>
        TypedResults.Ok(await parser.ParseAsync(request.Text!, TimeZoneInfo.FindSystemTimeZoneById(request.TimeZone ?? "UTC"), cancellationToken));

    /// <param name="Text">The task as its owner writes it; at most 2,000 characters.</param>
    /// <param name="TimeZone">Where they are: an IANA name such as <c>Europe/Berlin</c>; UTC by default.</param>
    internal sealed record ParseRequest(string? Text, string? TimeZone);

    private sealed class ParseRules : AbstractValidator<ParseRequest>
    {
        public ParseRules()
        {
            RuleFor(r => r.Text).IsText(2000);
            RuleFor(r => r.TimeZone).IsTimeZone();
        }
    }
}
