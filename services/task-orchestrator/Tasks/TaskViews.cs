using Deepiri.TaskOrchestrator.Dependencies;

namespace Deepiri.TaskOrchestrator.Tasks;

/// <summary>Makes what the API shows of tasks.</summary>
internal sealed class TaskViews(GraphStore graphs)
{
    /// <param name="roleOf">What the user is of a task.</param>
    public async Task<IReadOnlyList<TaskView>> OfAsync(IReadOnlyList<TaskItem> tasks, Func<TaskItem, TaskRole> roleOf, CancellationToken cancellationToken)
    {
        if (tasks.Count == 0)
            return [];
        // What is done waits for nothing.
        string[] owners = [.. tasks.Where(t => t.Status != TaskState.Done).Select(t => t.UserId).Distinct(StringComparer.Ordinal)];
        var known = owners.Length == 0 ? new Dictionary<string, TaskGraph>() : await graphs.OfAsync(owners, cancellationToken);
        return [.. tasks.Select(t => TaskView.Of(t, roleOf(t), t.Status != TaskState.Done && known[t.UserId].IsBlocked(t.Id)))];
    }

    public async Task<TaskView> OfAsync(TaskItem task, TaskRole role, CancellationToken cancellationToken) => (await OfAsync([task], _ => role, cancellationToken))[0];
}
