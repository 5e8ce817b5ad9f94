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
        return [.. tasks.Select(t => Of(t, roleOf(t), known.GetValueOrDefault(t.UserId, TaskGraph.Empty)))];
    }

    /// <param name="graph">The graph of the task's owner.</param>
    public static TaskView Of(TaskItem task, TaskRole role, TaskGraph graph) => TaskView.Of(task, role, task.Status != TaskState.Done && graph.IsBlocked(task.Id));
}
