using Dapr.Client;
using Deepiri.Contracts;
using Deepiri.TaskOrchestrator.Tasks;

namespace Deepiri.TaskOrchestrator.Dependencies;

/// <summary>Tells of the tasks that a completed one held up.</summary>
internal sealed class Unblocking(DaprClient dapr, TaskStore tasks)
{
    private static readonly Dictionary<string, string> s_metadata = new() { ["cloudevent.type"] = EventTypes.TaskUnblocked };

    /// <summary>May be told again: which completion it was makes it one notification.</summary>
    public async Task TellAsync(TaskItem completed, TaskGraph graph, int version, string? requestId, CancellationToken cancellationToken)
    {
        string[] ready = [.. graph.DependentsOf(completed.Id).Where(id => graph.Tasks[id].IsOpen && !graph.IsBlocked(id))];
        // The graph knows the beginnings of titles only.
        foreach (var (task, _) in await tasks.FindAsync(ready, cancellationToken))
            await dapr.PublishEventAsync(Topics.PubSub, Topics.Tasks, new TaskUnblocked(task.Id, completed.UserId, task.Title, completed.Id, completed.Title, version, requestId), s_metadata, cancellationToken);
    }
}
