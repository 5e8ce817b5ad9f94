using Deepiri.Contracts;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Http;
using Deepiri.ServiceDefaults.Identity;
using Deepiri.ServiceDefaults.State;
using Deepiri.TaskOrchestrator.QuickAdd;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Deepiri.TaskOrchestrator.Tasks;

/// <summary>A user's tasks.</summary>
internal static class TasksApi
{
    public static IServiceCollection AddTasks(this IServiceCollection services) => services.AddSingleton<TaskStore>();

    public static void MapTasks(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/tasks").WithTags("Tasks");
        group.MapPost("/", CreateAsync).Validate(new TaskRules(isNew: true)).WithSummary("Create a task, from its fields or from a text");
        group.MapGet("/", ListAsync).WithSummary("The caller's tasks, the newest first");
        group.MapGet("/{id}", GetAsync).WithSummary("A task");
        group.MapPut("/{id}", ReplaceAsync).Validate(new TaskRules(isNew: false)).WithSummary("Replace a task");
        group.MapDelete("/{id}", DeleteAsync).WithSummary("Delete a task; it can be restored for 30 days");
        group.MapPost("/{id}/restore", RestoreAsync).WithSummary("Restore a deleted task");
        group.MapPost("/{id}/complete", CompleteAsync).WithSummary("Complete a task; a second time changes nothing");
    }

    private static async Task<Created<TaskView>> CreateAsync(TaskRequest request, CurrentUser user, TaskReader reader, TaskStore store, TimeProvider time, HttpContext context, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var blank = new TaskItem(Guid.CreateVersion7(now).ToString(), user.Id, "", null, null, TaskPriority.Medium, null, [], TaskState.Todo, now, now, null, null);
        // Completing has consequences of its own; a task begins undone.
        if (request.Status is TaskState.Done)
            throw ApiException.Validation("status", "A new task is todo or in_progress; complete it afterwards.");
        var understanding = request.Text is null ? null : await reader.ReadAsync(new TaskText(request.Text, request.TimeZone), user.Id, cancellationToken);
        var task = blank.With(understanding?.Complete(request) ?? request, now);
        await store.AddAsync(task, context.TraceIdentifier, cancellationToken);
        await SetETagAsync(context, store, user, task.Id, cancellationToken);
        return TypedResults.Created($"/api/tasks/{task.Id}", TaskView.Of(task, understanding));
    }

    private static async Task<Ok<Page<TaskView>>> ListAsync([AsParameters] Paging paging, string? status, string? tag, DateTimeOffset? dueBefore, DateTimeOffset? dueAfter,
        CurrentUser user, TaskStore store, CancellationToken cancellationToken)
    {
        var faults = new Dictionary<string, string[]>();
        var wanted = Words<TaskState>.Parse(status, "status", faults);
        if (faults.Count > 0)
            throw ApiException.Validation(faults);
        bool Matches(TaskItem task) =>
            (wanted is null || task.Status == wanted)
            && (tag is null || task.Tags.Contains(tag, StringComparer.OrdinalIgnoreCase))
            && (dueBefore is null || task.Due < dueBefore)
            && (dueAfter is null || task.Due >= dueAfter);
        var page = await store.ListAsync(user.Id, Matches, paging.Size, paging.Cursor, cancellationToken);
        return TypedResults.Ok(new Page<TaskView>([.. page.Items.Select(t => TaskView.Of(t))], page.Next));
    }

    private static async Task<Ok<TaskView>> GetAsync(string id, CurrentUser user, TaskStore store, HttpContext context, CancellationToken cancellationToken)
    {
        var (task, etag) = await FindAsync(id, user, store, cancellationToken);
        context.Response.SetETag(etag);
        return TypedResults.Ok(TaskView.Of(task));
    }

    private static async Task<Ok<TaskView>> ReplaceAsync(string id, TaskRequest request, CurrentUser user, TaskStore store, TimeProvider time, HttpContext context, CancellationToken cancellationToken)
    {
        var (task, etag) = await FindAsync(id, user, store, cancellationToken);
        context.Request.RequireMatch(etag);
        var changed = task.With(request, time.GetUtcNow());
        var type = task.Status != TaskState.Done && changed.Status == TaskState.Done ? EventTypes.TaskCompleted : EventTypes.TaskUpdated;
        if (!await store.SaveAsync(changed, etag, type, context.TraceIdentifier, cancellationToken))
            throw ApiException.PreconditionFailed();
        await SetETagAsync(context, store, user, id, cancellationToken);
        return TypedResults.Ok(TaskView.Of(changed));
    }

    private static async Task<NoContent> DeleteAsync(string id, CurrentUser user, TaskStore store, TimeProvider time, HttpContext context, CancellationToken cancellationToken)
    {
        var (task, etag) = await FindAsync(id, user, store, cancellationToken);
        context.Request.RequireMatch(etag);
        var now = time.GetUtcNow();
        if (!await store.SaveAsync(task with { DeletedAt = now, UpdatedAt = now }, etag, EventTypes.TaskDeleted, context.TraceIdentifier, cancellationToken))
            throw ApiException.PreconditionFailed();
        return TypedResults.NoContent();
    }

    private static async Task<Ok<TaskView>> RestoreAsync(string id, CurrentUser user, TaskStore store, TimeProvider time, HttpContext context, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(user.Id, id, cancellationToken) is not var (task, etag))
            throw ApiException.NotFound("task", id);
        var restored = task.DeletedAt is null ? task : task with { DeletedAt = null, UpdatedAt = time.GetUtcNow() };
        if (restored != task && !await store.SaveAsync(restored, etag, EventTypes.TaskUpdated, context.TraceIdentifier, cancellationToken))
            throw ApiException.PreconditionFailed();
        return TypedResults.Ok(TaskView.Of(restored));
    }

    private static async Task<Ok<TaskView>> CompleteAsync(string id, CurrentUser user, TaskStore store, TimeProvider time, HttpContext context, CancellationToken cancellationToken)
    {
        TaskItem? completed = null;
        await Contention.RetryAsync(async () =>
        {
            var (task, etag) = await FindAsync(id, user, store, cancellationToken);
            context.Request.RequireMatch(etag);
            completed = task.Status == TaskState.Done ? task : task.Completed(time.GetUtcNow());
            return completed == task || await store.SaveAsync(completed, etag, EventTypes.TaskCompleted, context.TraceIdentifier, cancellationToken);
        }, cancellationToken);
        return TypedResults.Ok(TaskView.Of(completed!));
    }

    private static async Task<(TaskItem Task, string ETag)> FindAsync(string id, CurrentUser user, TaskStore store, CancellationToken cancellationToken) =>
        await store.FindAsync(user.Id, id, cancellationToken) is ({ DeletedAt: null } task, var etag) ? (task, etag) : throw ApiException.NotFound("task", id);

    private static async Task SetETagAsync(HttpContext context, TaskStore store, CurrentUser user, string id, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(user.Id, id, cancellationToken) is var (_, etag))
            context.Response.SetETag(etag);
    }
}
