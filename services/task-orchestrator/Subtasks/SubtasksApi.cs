using Deepiri.ServiceDefaults.Identity;
using Deepiri.TaskOrchestrator.Tasks;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.TaskOrchestrator.Subtasks;

/// <summary>The parts of a task over HTTP.</summary>
internal static class SubtasksApi
{
    public static IServiceCollection AddSubtasks(this IServiceCollection services) => services.AddSingleton<SubtaskRules>();

    public static void MapSubtasks(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/api/tasks/{id}/subtasks", ListAsync).WithTags("Tasks").WithSummary("The parts of a task, the oldest first; one is added by creating a task with parentId");

    private static async Task<Ok<SubtasksView>> ListAsync(string id, CurrentUser user, TaskStore tasks, TaskViews views, CancellationToken cancellationToken)
    {
        var (_, _, role) = await tasks.GetAsync(id, user.Id, TaskRole.Viewer, cancellationToken);
        var subtasks = (await tasks.SubtasksAsync(id, cancellationToken)).Select(s => s.Task).Where(t => t.DeletedAt is null).ToList();
        return TypedResults.Ok(new SubtasksView(await views.OfAsync(subtasks, t => t.RoleOf(user.Id) is { } own && own > role ? own : role, cancellationToken), subtasks.Count(t => t.Status == TaskState.Done)));
    }

    /// <param name="Done">How many are done.</param>
    internal sealed record SubtasksView(IReadOnlyList<TaskView> Items, int Done);
}
