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
        var known = await graphs.OfAsync([.. tasks.Select(t => t.UserId).Distinct(StringComparer.Ordinal)], cancellationToken);
        return [.. tasks.Select(t => TaskView.Of(t, roleOf(t), known[t.UserId].IsBlocked(t.Id)))];
    }

    public async Task<TaskView> OfAsync(TaskItem task, TaskRole role, CancellationToken cancellationToken) => (await OfAsync([task], _ => role, cancellationToken))[0];
}
