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
    /// <summary>Without an outbox: nobody is told of graphs.</summary>
    private const string Store = "statestore";

    public async Task<TaskGraph> OfAsync(string userId, CancellationToken cancellationToken) =>
        await dapr.GetStateAsync<TaskGraph?>(Store, Key(userId), cancellationToken: cancellationToken) ?? TaskGraph.Empty;

    /// <summary>The graphs of several users.</summary>
    public async Task<IReadOnlyDictionary<string, TaskGraph>> OfAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken)
    {
        if (userIds.Count == 1)
            return new Dictionary<string, TaskGraph> { [userIds.First()] = await OfAsync(userIds.First(), cancellationToken) };
        var items = await dapr.GetBulkStateAsync<TaskGraph?>(Store, [.. userIds.Select(Key)], parallelism: null, cancellationToken: cancellationToken);
        var byKey = items.ToDictionary(i => i.Key, i => i.Value ?? TaskGraph.Empty);
        return userIds.ToDictionary(id => id, id => byKey[Key(id)]);
    }

    /// <summary>Changes a graph; one that stays the same is not written.</summary>
    public async Task<TaskGraph> ChangeAsync(string userId, Func<TaskGraph, TaskGraph> change, CancellationToken cancellationToken)
    {
        var changed = TaskGraph.Empty;
        await Contention.RetryAsync(async () =>
        {
            var (found, etag) = await dapr.GetStateAndETagAsync<TaskGraph?>(Store, Key(userId), cancellationToken: cancellationToken);
            var graph = found ?? TaskGraph.Empty;
            changed = change(graph);
            return ReferenceEquals(graph, changed) || await dapr.TrySaveAsync(Store, Key(userId), changed, etag, cancellationToken: cancellationToken);
        }, cancellationToken);
        return changed;
    }

    /// <summary>Takes over what became of tasks.</summary>
    public async Task FollowAsync(IReadOnlyCollection<TaskItem> tasks, CancellationToken cancellationToken)
    {
        // A new task cannot be in a graph.
        foreach (var owned in tasks.Where(t => t.Version > 1).GroupBy(t => t.UserId))
            await ChangeAsync(owned.Key, graph => owned.Aggregate(graph, (g, task) => g.Follow(task)), cancellationToken);
    }

    /// <summary>Takes over what became of a task, and gives the graph with it.</summary>
    public Task<TaskGraph> FollowAsync(TaskItem task, CancellationToken cancellationToken) => ChangeAsync(task.UserId, graph => graph.Follow(task), cancellationToken);

    private static string Key(string userId) => $"task-graph:{userId}";
}
