using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Identity;
using Deepiri.TaskOrchestrator.Tasks;

namespace Deepiri.TaskOrchestrator.Subtasks;

/// <summary>The parts of tasks. They are tasks themselves, and go with their parent when it is deleted, restored, shared, or comes again.</summary>
internal sealed class SubtaskRules(TaskStore tasks)
{
    public const int Most = 100;

    /// <summary>The parent of a task that is to be added, and what the user is of it.</summary>
    /// <exception cref="ApiException">When the parent cannot have it.</exception>
    public async Task<(TaskItem Parent, TaskRole Role)> ParentAsync(string parentId, CurrentUser user, CancellationToken cancellationToken)
    {
        var (parent, _, role) = await tasks.GetAsync(parentId, user.Id, TaskRole.Editor, cancellationToken);
        if (parent.ParentId is not null)
            throw ApiException.Validation("parentId", "That is a subtask itself, and a subtask has no subtasks.");
        return await CountAsync(parentId, cancellationToken) < Most ? (parent, role)
            : throw ApiException.Validation("parentId", $"A task has {Most} subtasks at most.");
    }

    /// <summary>How many subtasks a task has.</summary>
    public async Task<int> CountAsync(string parentId, CancellationToken cancellationToken) => (await tasks.SubtasksAsync(parentId, cancellationToken)).Count(s => s.Task.DeletedAt is null);

    /// <summary>What happens to the subtasks of a task that is deleted or restored. Those that were deleted before stay so.</summary>
    public async Task<IEnumerable<TaskChange>> WithAsync(TaskChange change, CancellationToken cancellationToken) =>
        (await tasks.SubtasksAsync(change.After.Id, cancellationToken))
            .Where(s => s.Task.DeletedAt == change.Before!.DeletedAt)
            .Select(s => new TaskChange(s.Task, s.ETag, s.Task with { DeletedAt = change.After.DeletedAt, UpdatedAt = change.After.UpdatedAt }, change.By));
}
