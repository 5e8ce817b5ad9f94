using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Http;
using Deepiri.ServiceDefaults.Identity;
using Deepiri.TaskOrchestrator.Tasks;
using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.TaskOrchestrator.Recurrence;

/// <summary>Tasks that come again.</summary>
internal static class RecurrenceApi
{
    private const int DefaultShown = 10;
    private const int MostShown = 100;

    public static IServiceCollection AddRecurrence(this IServiceCollection services) => services.AddSingleton<SeriesStore>();

    public static void MapRecurrence(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/api/tasks/{id}/occurrences", ListAsync).WithTags("Tasks").WithSummary("When a recurring task is due after this one");

    private static async Task<Ok<OccurrencesView>> ListAsync(string id, int? limit, CurrentUser user, TaskStore tasks, CancellationToken cancellationToken)
    {
        if (limit is < 1 or > MostShown)
            throw ApiException.Validation("limit", $"Between 1 and {MostShown}.");
        var (task, _, _) = await tasks.GetAsync(id, user.Id, TaskRole.Viewer, cancellationToken);
        return TypedResults.Ok(new OccurrencesView([.. task.Recurrence?.After(task.Recurrence.Number).Take(limit ?? DefaultShown).Select(o => new OccurrenceView(o.Number, o.Due)) ?? []]));
    }

    internal sealed record OccurrenceView(int Number, DateTimeOffset Due);

    internal sealed record OccurrencesView(IReadOnlyList<OccurrenceView> Items);
}

internal sealed class RecurrenceRules : AbstractValidator<RecurrenceRequest>
{
    public RecurrenceRules()
    {
        RuleFor(r => r.TimeZone).IsTimeZone();
        RuleFor(r => r.Start).IsReasonable();
        RuleFor(r => r.Except).Must(e => e is null || e.Count <= RecurrenceRequest.MaxExcept).WithMessage($"At most {RecurrenceRequest.MaxExcept} occurrences.");
        RuleFor(r => r.Rule).Custom((rule, context) =>
        {
            if (Fault(rule) is { } fault)
                context.AddFailure(fault);
        });
    }

    private static string? Fault(string? rule)
    {
        if (rule is null)
            return "A rule is needed, for example FREQ=WEEKLY;BYDAY=MO,TH.";
        try
        {
            RuleText.Parse(rule);
            return null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }
}
