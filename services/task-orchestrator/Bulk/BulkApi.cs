using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Identity;
using Deepiri.ServiceDefaults.State;
using Deepiri.TaskOrchestrator.Subtasks;
using Deepiri.TaskOrchestrator.Tasks;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.TaskOrchestrator.Bulk;

/// <summary>Many changes in one transaction: all of them happen, or none.</summary>
internal static class BulkApi
{
    private const int Most = 100;

    public static IServiceCollection AddBulk(this IServiceCollection services) => services.AddSingleton<BulkPlanner>();

    public static void MapBulk(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost("/api/tasks/bulk", ExecuteAsync).WithTags("Tasks").WithSummary("Create, replace, complete, delete or restore up to 100 tasks in one transaction");

    private static async Task<Ok<BulkView>> ExecuteAsync(BulkRequest request, CurrentUser user, BulkPlanner planner, TaskStore store, TaskViews views, HttpContext context, CancellationToken cancellationToken)
    {
        if (request.Operations is not { Count: > 0 and <= Most } operations)
            throw ApiException.Validation("operations", $"Between 1 and {Most} operations.");
        IReadOnlyList<PlannedChange> planned = [];
        IReadOnlyList<TaskItem>? saved = null;
        await Contention.RetryAsync(async () =>
        {
            planned = await planner.PlanAsync(operations, user, cancellationToken);
            var changes = planned.SelectMany(p => p.Changes).ToList();
            saved = changes.Count == 0 ? [] : await store.CommitAsync(changes, context.TraceIdentifier, cancellationToken);
            return saved is not null;
        }, cancellationToken);

        var byId = saved!.ToDictionary(t => t.Id);
        var tasks = planned.Select(p => byId.GetValueOrDefault(p.Task.Id, p.Task)).ToList();
        var roles = planned.ToDictionary(p => p.Task.Id, p => p.Role);
        var shown = await views.OfAsync(tasks, t => roles[t.Id], cancellationToken);
        return TypedResults.Ok(new BulkView([.. planned.Select((p, i) => new BulkResult(i, p.Status, p.Status == StatusCodes.Status204NoContent ? null : shown[i]))]));
    }
}
