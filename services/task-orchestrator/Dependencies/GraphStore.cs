using Dapr.Client;
using Deepiri.ServiceDefaults.State;
using Deepiri.TaskOrchestrator.Tasks;

namespace Deepiri.TaskOrchestrator.Dependencies;

/// <summary>
/// Each user's graph, one item of the store: two changes at once cannot close a cycle between them. What it tells of tasks is a projection;
/// see docs/decisions/0014-one-graph-per-user.md.
/// </summary>
internal sealed class GraphStore(DaprClient dapr)
{
    public async Task<TaskGraph> OfAsync(string userId, CancellationToken cancellationToken) =>
        await dapr.GetStateAsync<TaskGraph?>(TaskStore.Store, Key(userId), cancellationToken: cancellationToken) ?? TaskGraph.Empty;

    /// <summary>The graphs of several users.</summary>
    public async Task<IReadOnlyDictionary<string, TaskGraph>> OfAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken)
    {
        if (userIds.Count == 1)
            return new Dictionary<string, TaskGraph> { [userIds.First()] = await OfAsync(userIds.First(), cancellationToken) };
        var items = await dapr.GetBulkStateAsync<TaskGraph?>(TaskStore.Store, [.. userIds.Select(Key)], parallelism: null, cancellationToken: cancellationToken);
        var byKey = items.ToDictionary(i => i.Key, i => i.Value ?? TaskGraph.Empty);
        return userIds.ToDictionary(id => id, id => byKey[Key(id)]);
    }

    /// <summary>Changes a graph; one that stays the same is not written.</summary>
    public async Task<TaskGraph> ChangeAsync(string userId, Func<TaskGraph, TaskGraph> change, CancellationToken cancellationToken)
    {
        var changed = TaskGraph.Empty;
        await Contention.RetryAsync(async () =>
        {
            var (found, etag) = await dapr.GetStateAndETagAsync<TaskGraph?>(TaskStore.Store, Key(userId), cancellationToken: cancellationToken);
            var graph = found ?? TaskGraph.Empty;
            changed = change(graph);
            return ReferenceEquals(graph, changed) || await dapr.TrySaveAsync(TaskStore.Store, Key(userId), changed, etag, cancellationToken: cancellationToken);
        }, cancellationToken);
        return changed;
    }

    /// <summary>Takes over what became of tasks.</summary>
    /// <param name="known">The graph of one of the owners as it was a moment ago, which saves reading it when it has none of the tasks.</param>
    public async Task FollowAsync(IReadOnlyCollection<TaskItem> tasks, CancellationToken cancellationToken, OwnedGraph? known = null)
    {
        // A new task cannot be in a graph.
        foreach (var owned in tasks.Where(t => t.Version > 1).GroupBy(t => t.UserId))
        {
            TaskGraph Followed(TaskGraph graph) => owned.Aggregate(graph, (g, task) => g.Follow(task));
            if (known?.UserId != owned.Key || !ReferenceEquals(Followed(known.Graph), known.Graph))
                await ChangeAsync(owned.Key, Followed, cancellationToken);
        }
    }

    /// <summary>Takes over what became of a task, and gives the graph with it.</summary>
    /// <param name="known">The owner's graph as it was a moment ago.</param>
    public async Task<TaskGraph> FollowAsync(TaskItem task, TaskGraph known, CancellationToken cancellationToken) =>
        ReferenceEquals(known.Follow(task), known) ? known : await ChangeAsync(task.UserId, graph => graph.Follow(task), cancellationToken);

    /// <summary>The key of a user's graph, beside their tasks, so that both can be read at once.</summary>
    public static string Key(string userId) => $"task-graph:{userId}";
}

/// <summary>A user's graph.</summary>
internal sealed record OwnedGraph(string UserId, TaskGraph Graph);
