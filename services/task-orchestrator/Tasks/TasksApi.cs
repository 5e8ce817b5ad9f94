using Deepiri.Contracts;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Http;
using Deepiri.ServiceDefaults.Identity;
using Deepiri.ServiceDefaults.Outbox;
using Deepiri.TaskOrchestrator.QuickAdd;
using Deepiri.TaskOrchestrator.Recurrence;
using Deepiri.TaskOrchestrator.Subtasks;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.TaskOrchestrator.Tasks;

/// <summary>A user's tasks, and those that are shared with them.</summary>
internal static class TasksApi
{
    public static IServiceCollection AddTasks(this IServiceCollection services) => services.AddSingleton<TaskStore>().AddOutbox(TaskStore.Store).AddSingleton<TaskViews>();

    public static void MapTasks(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/tasks").WithTags("Tasks");
        group.MapPost("/", CreateAsync).Validate(TaskRules.ForNew).WithSummary("Create a task, from its fields or from a text");
        group.MapGet("/", ListAsync).WithSummary("The caller's tasks, or with scope=shared those of others, the newest first");
        group.MapGet("/{id}", GetAsync).WithSummary("A task");
        group.MapPut("/{id}", ReplaceAsync).Validate(TaskRules.ForPresent).WithSummary("Replace a task");
        group.MapDelete("/{id}", DeleteAsync).WithSummary("Delete a task; it can be restored for 30 days. Of one that recurs the next comes nevertheless, unless series=true");
        group.MapPost("/{id}/restore", RestoreAsync).WithSummary("Restore a deleted task");
        group.MapPost("/{id}/complete", CompleteAsync).WithSummary("Complete a task; a second time changes nothing");
    }

    private static async Task<Created<TaskView>> CreateAsync(TaskRequest request, TaskEditor editor, TaskReader reader, SubtaskRules subtasks, TimeProvider time, CancellationToken cancellationToken)
    {
        var understanding = request.Text is null ? null : await reader.ReadAsync(new TaskText(request.Text, request.TimeZone), editor.User.Id, cancellationToken);
        var wanted = understanding?.Complete(request) ?? request;
        if (understanding is not null)
            TaskRules.ForPresent.Check(wanted with { Text = null });
        var (parent, role) = wanted.ParentId is { } parentId ? await subtasks.ParentAsync(parentId, editor.User, cancellationToken) : (null, TaskRole.Owner);
        var now = time.GetUtcNow();
        var task = await editor.AddAsync((TaskItem.New(parent?.UserId ?? editor.User.Id, now) with { ParentId = parent?.Id }).With(wanted, now), role, cancellationToken);
        return TypedResults.Created($"/api/tasks/{task.Id}", task with { Understanding = understanding });
    }

    private static async Task<Ok<Page<TaskView>>> ListAsync([AsParameters] Paging paging, string? scope, string? status, string? tag, DateTimeOffset? dueBefore, DateTimeOffset? dueAfter,
        CurrentUser user, TaskStore store, TaskViews views, CancellationToken cancellationToken)
    {
        var faults = new Dictionary<string, string[]>();
        var wanted = Words<TaskState>.Parse(status, "status", faults);
        var within = Words<TaskScope>.Parse(scope, "scope", faults) ?? TaskScope.Mine;
        if (faults.Count > 0)
            throw ApiException.Validation(faults);
        bool Matches(TaskItem task) =>
            (wanted is null || task.Status == wanted)
            && (tag is null || task.Tags.Contains(tag, StringComparer.OrdinalIgnoreCase))
            && (dueBefore is null || task.Due < dueBefore)
            && (dueAfter is null || task.Due >= dueAfter);
        var page = await (within == TaskScope.Mine ? store.OwnedAsync(user.Id, Matches, paging.Size, paging.CursorId, cancellationToken) : store.SharedAsync(user.Id, Matches, paging.Size, paging.CursorId, cancellationToken));
        return TypedResults.Ok(new Page<TaskView>(await views.OfAsync(page.Items, t => t.RoleOf(user.Id)!.Value, cancellationToken), page.Next));
    }

    private static async Task<Ok<TaskView>> GetAsync(string id, CurrentUser user, TaskStore store, TaskViews views, HttpContext context, CancellationToken cancellationToken)
    {
        var (task, _, role) = await store.GetAsync(id, user.Id, TaskRole.Viewer, cancellationToken);
        context.Response.SetETag(task.Revision());
        return TypedResults.Ok((await views.OfAsync([task], _ => role, cancellationToken))[0]);
    }

    private static async Task<Ok<TaskView>> ReplaceAsync(string id, TaskRequest request, TaskEditor editor, CancellationToken cancellationToken) =>
        TypedResults.Ok(await editor.ChangeAsync(id, TaskRole.Editor, (task, now) => task.With(request, now), cancellationToken));

    private static async Task<NoContent> DeleteAsync(string id, bool? series, TaskEditor editor, SeriesStore allSeries, SubtaskRules subtasks, CancellationToken cancellationToken)
    {
        await editor.ChangeAsync(id, TaskRole.Owner, (task, now) => task.Deleted(now), cancellationToken, retried: true, withIt: async change =>
        {
            await allSeries.FollowAsync(change, ends: series == true, cancellationToken);
            return await subtasks.WithAsync(change, cancellationToken);
        });
        return TypedResults.NoContent();
    }

    private static async Task<Ok<TaskView>> RestoreAsync(string id, TaskEditor editor, SeriesStore allSeries, SubtaskRules subtasks, CancellationToken cancellationToken) =>
        TypedResults.Ok(await editor.ChangeAsync(id, TaskRole.Owner, (task, now) => task.Restored(now), cancellationToken, deleted: true, retried: true, withIt: async change =>
        {
            await allSeries.FollowAsync(change, ends: false, cancellationToken);
            return await subtasks.WithAsync(change, cancellationToken);
        }));

    private static async Task<Ok<TaskView>> CompleteAsync(string id, TaskEditor editor, CancellationToken cancellationToken) =>
        TypedResults.Ok(await editor.ChangeAsync(id, TaskRole.Editor, (task, now) => task.Completed(now), cancellationToken, retried: true));

    private enum TaskScope
    {
        Mine,
        Shared,
    }
}
