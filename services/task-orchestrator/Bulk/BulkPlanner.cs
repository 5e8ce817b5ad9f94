using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Identity;
using Deepiri.TaskOrchestrator.Recurrence;
using Deepiri.TaskOrchestrator.Subtasks;
using Deepiri.TaskOrchestrator.Tasks;

namespace Deepiri.TaskOrchestrator.Bulk;

/// <summary>What one operation comes to.</summary>
/// <param name="Task">The task as it shall be.</param>
/// <param name="Role">What the user is of it.</param>
/// <param name="Changes">None when it stays as it is; with its subtasks when they go along.</param>
internal sealed record PlannedChange(TaskItem Task, TaskRole Role, int Status, IReadOnlyList<TaskChange> Changes);

/// <summary>Finds out what many operations come to, or all that is wrong with them.</summary>
internal sealed class BulkPlanner(TaskStore store, SubtaskRules subtasks, SeriesStore series, TimeProvider time)
{
    /// <exception cref="ApiException">422 with what is wrong, by operation.</exception>
    public async Task<IReadOnlyList<PlannedChange>> PlanAsync(IReadOnlyList<BulkItem> operations, CurrentUser user, CancellationToken cancellationToken)
    {
        var planned = new List<PlannedChange>();
        var faults = new List<object>();
        var touched = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < operations.Count; i++)
        {
            try
            {
                var plan = await PlanAsync(operations[i], user, cancellationToken);
                if (!touched.Add(plan.Task.Id) | plan.Changes.Skip(1).Any(c => !touched.Add(c.After.Id)))
                    throw ApiException.Validation("id", "Another operation changes this task, too.");
                // Counted together with those of the same request.
                if (plan is { Status: StatusCodes.Status201Created, Task.ParentId: { } parent } && planned.Count(p => p.Status == StatusCodes.Status201Created && p.Task.ParentId == parent) + await subtasks.CountAsync(parent, cancellationToken) >= SubtaskRules.Most)
                    throw ApiException.Validation("parentId", $"A task has {SubtaskRules.Most} subtasks at most.");
                planned.Add(plan);
            }
            catch (ApiException e) when (e.Status < StatusCodes.Status500InternalServerError)
            {
                faults.Add(new { Index = i, e.Status, e.Code, e.Message, e.Details });
            }
        }
        // Only when all were planned does a place among the plans tell the place in the request.
        foreach (var (orphan, index) in planned.Select((p, i) => (p, i)).Where(p => planned.Count == operations.Count && p.p.Status == StatusCodes.Status201Created && planned.Any(d => d.Status == StatusCodes.Status204NoContent && d.Task.Id == p.p.Task.ParentId)))
            faults.Add(new { Index = index, Status = StatusCodes.Status400BadRequest, Code = "VALIDATION_FAILED", Message = $"Task {orphan.Task.ParentId} is deleted by another operation.", Details = new Dictionary<string, object?>() });
        if (faults.Count > 0)
            throw new ApiException(StatusCodes.Status422UnprocessableEntity, "BULK_FAILED", "Nothing was changed: some operations have faults; see details.", new Dictionary<string, object?> { ["items"] = faults });
        foreach (var change in planned.SelectMany(p => p.Changes))
            await series.FollowAsync(change, ends: false, cancellationToken);
        return planned;
    }

    private Task<PlannedChange> PlanAsync(BulkItem? item, CurrentUser user, CancellationToken cancellationToken) => item?.Op switch
    {
        BulkOperation.Create => CreateAsync(Checked(item.Task, TaskRules.ForNew), user, cancellationToken),
        BulkOperation.Replace => ChangeAsync(item, user, TaskRole.Editor, (task, now) => task.With(Checked(item.Task, TaskRules.ForPresent), now), cancellationToken),
        BulkOperation.Complete => ChangeAsync(item, user, TaskRole.Editor, (task, now) => task.Completed(now), cancellationToken),
        BulkOperation.Delete => ChangeAsync(item, user, TaskRole.Owner, (task, now) => task.Deleted(now), cancellationToken),
        BulkOperation.Restore => ChangeAsync(item, user, TaskRole.Owner, (task, now) => task.Restored(now), cancellationToken),
        _ => throw ApiException.Validation("op", "create, replace, complete, delete or restore."),
    };

    private async Task<PlannedChange> CreateAsync(TaskRequest request, CurrentUser user, CancellationToken cancellationToken)
    {
        var (parent, role) = request.ParentId is { } id ? await subtasks.ParentAsync(id, user, cancellationToken) : (null, TaskRole.Owner);
        var now = time.GetUtcNow();
        var task = (TaskItem.New(parent?.UserId ?? user.Id, now) with { ParentId = parent?.Id }).With(request, now);
        return new PlannedChange(task, role, StatusCodes.Status201Created, [TaskChange.New(task, user.Id)]);
    }

    private async Task<PlannedChange> ChangeAsync(BulkItem item, CurrentUser user, TaskRole least, Func<TaskItem, DateTimeOffset, TaskItem> change, CancellationToken cancellationToken)
    {
        var (task, etag, role) = await store.GetAsync(item.Id ?? "", user.Id, least, cancellationToken, deleted: item.Op == BulkOperation.Restore);
        if (item.IfMatch is not null && item.IfMatch != task.Revision())
            throw ApiException.PreconditionFailed();
        var wanted = new TaskChange(task, etag, change(task, time.GetUtcNow()), user.Id);
        var status = item.Op == BulkOperation.Delete ? StatusCodes.Status204NoContent : StatusCodes.Status200OK;
        if (!wanted.IsAny)
            return new PlannedChange(task, role, status, []);
        return new PlannedChange(wanted.After, role, status, item.Op is BulkOperation.Delete or BulkOperation.Restore ? [wanted, .. await subtasks.WithAsync(wanted, cancellationToken)] : [wanted]);
    }

    private static TaskRequest Checked(TaskRequest? request, TaskRules rules)
    {
        if (request is null)
            throw ApiException.Validation("task", "The task as it shall be.");
        if (request.Text is not null)
            throw ApiException.Validation("text", "Tasks are made of texts one by one.");
        rules.Check(request);
        return request;
    }
}
