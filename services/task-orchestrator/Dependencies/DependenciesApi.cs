using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Identity;
using Deepiri.TaskOrchestrator.Tasks;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.TaskOrchestrator.Dependencies;

/// <summary>Which tasks come before which.</summary>
internal static class DependenciesApi
{
    /// <summary>How much of each end of a cycle is shown.</summary>
    private const int MostOfEnd = 20;

    public static IServiceCollection AddDependencies(this IServiceCollection services) => services.AddSingleton<GraphStore>().AddSingleton<Unblocking>();

    public static void MapDependencies(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/tasks").WithTags("Tasks");
        group.MapGet("/graph", GetGraphAsync).WithSummary("The caller's tasks that depend on each other, with what is blocked, the critical path and the earliest finish");
        group.MapGet("/{id}/dependencies", GetAsync).WithSummary("What a task waits for, and what waits for it");
        group.MapPost("/{id}/dependencies", AddAsync).WithSummary("Let a task depend on another; refused where this would close a cycle");
        group.MapDelete("/{id}/dependencies/{dependsOn}", RemoveAsync).WithSummary("Let a task not depend on another any more");
    }

    private static async Task<Ok<GraphView>> GetGraphAsync(CurrentUser user, GraphStore graphs, TimeProvider time, CancellationToken cancellationToken) =>
        TypedResults.Ok(GraphView.Of(await graphs.OfAsync(user.Id, cancellationToken), time.GetUtcNow()));

    private static async Task<Ok<DependenciesView>> GetAsync(string id, CurrentUser user, TaskStore tasks, CancellationToken cancellationToken)
    {
        var (task, _, _, graph) = await tasks.GetWithGraphAsync(id, user.Id, TaskRole.Viewer, cancellationToken);
        return TypedResults.Ok(await ViewAsync(task, graph, user, tasks, cancellationToken));
    }

    private static async Task<Ok<DependenciesView>> AddAsync(string id, DependencyRequest request, CurrentUser user, TaskStore tasks, GraphStore graphs, TimeProvider time, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(request.DependsOn))
            throw ApiException.Validation("dependsOn", "The id of another task.");
        var (task, _, _) = await tasks.GetAsync(id, user.Id, TaskRole.Editor, cancellationToken);
        var (on, _, _) = await tasks.GetAsync(request.DependsOn, user.Id, TaskRole.Viewer, cancellationToken);
        if (on.UserId != task.UserId)
            throw ApiException.Validation("dependsOn", "Both tasks need to have the same owner.");
        var gone = time.GetUtcNow() - TaskStore.KeepDeleted;
        TaskGraph connected;
        try
        {
            connected = await graphs.ChangeAsync(task.UserId, graph => Connect(graph.Without(t => t.DeletedAt < gone), task, on), cancellationToken);
        }
        catch (CycleException e)
        {
            throw await CycleAsync(e.Path, [task, on], user, tasks, cancellationToken);
        }
        // Either may have changed while it was not in the graph yet.
        var present = (await tasks.FindAsync([task.Id, on.Id], cancellationToken)).Select(f => f.Task).Where(t => t.Version > connected.Tasks[t.Id].Version).ToList();
        if (present.Count > 0)
            connected = await graphs.ChangeAsync(task.UserId, graph => present.Aggregate(graph, (g, t) => g.Follow(t)), cancellationToken);
        return TypedResults.Ok(await ViewAsync(task, connected, user, tasks, cancellationToken));
    }

    private static TaskGraph Connect(TaskGraph graph, TaskItem task, TaskItem on)
    {
        if (graph.DependenciesOf(task.Id).Contains(on.Id))
            return graph;
        if (graph.WayBetween(on.Id, task.Id) is { } way)
            throw new CycleException([task.Id, .. way]);
        if (graph.DependenciesOf(task.Id).Count >= TaskGraph.MostDependencies)
            throw ApiException.Validation("dependsOn", $"A task depends on {TaskGraph.MostDependencies} others at most.");
        return graph.Connect(task, on) is { IsTooLarge: false } connected ? connected : throw ApiException.Validation("dependsOn", "Too many of your tasks depend on each other.");
    }

    /// <summary>The cycle by its titles; of a long one its ends. Somebody with whom tasks are shared is not told of others on the way.</summary>
    private static async Task<ApiException> CycleAsync(IReadOnlyList<string> path, IReadOnlyList<TaskItem> ends, CurrentUser user, TaskStore tasks, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> shown = path.Count <= 2 * MostOfEnd ? path : [.. path.Take(MostOfEnd), "", .. path.TakeLast(MostOfEnd)];
        var visible = (await tasks.VisibleAsync(shown, user.Id, cancellationToken)).Concat(ends).DistinctBy(t => t.Id).ToDictionary(t => t.Id, t => t.Title);
        return new ApiException(StatusCodes.Status409Conflict, "DEPENDENCY_CYCLE", $"Each of these would wait for the next, and the last for itself: {string.Join(" → ", shown.Select(id => visible.GetValueOrDefault(id, "…")))}.",
            new Dictionary<string, object?> { ["path"] = shown.Select(id => visible.ContainsKey(id) ? id : null).ToList() });
    }

    private sealed class CycleException(IReadOnlyList<string> path) : Exception
    {
        public IReadOnlyList<string> Path => path;
    }

    private static async Task<NoContent> RemoveAsync(string id, string dependsOn, CurrentUser user, TaskStore tasks, GraphStore graphs, CancellationToken cancellationToken)
    {
        var (task, _, _) = await tasks.GetAsync(id, user.Id, TaskRole.Editor, cancellationToken);
        await graphs.ChangeAsync(task.UserId, graph => graph.Disconnect(task.Id, dependsOn), cancellationToken);
        return TypedResults.NoContent();
    }

    /// <summary>Somebody with whom a task is shared sees of its neighbours those that are shared with them, too.</summary>
    private static async Task<DependenciesView> ViewAsync(TaskItem task, TaskGraph graph, CurrentUser user, TaskStore tasks, CancellationToken cancellationToken)
    {
        string[] before = [.. graph.DependenciesOf(task.Id)];
        string[] after = [.. graph.DependentsOf(task.Id)];
        var visible = task.UserId == user.Id ? null : (await tasks.VisibleAsync([.. before, .. after], user.Id, cancellationToken)).Select(t => t.Id).ToHashSet(StringComparer.Ordinal);
        IReadOnlyList<NeighbourView> Neighbours(IEnumerable<string> ids) =>
            [.. ids.Where(id => graph.Tasks[id].DeletedAt is null && visible?.Contains(id) != false).Select(id => new NeighbourView(id, graph.Tasks[id].Title, StateOf(graph, id)))];
        return new DependenciesView(task.Id, graph.IsBlocked(task.Id), Neighbours(before), Neighbours(after));
    }

    private static Readiness StateOf(TaskGraph graph, string id) => graph.Tasks[id].IsDone ? Readiness.Done : graph.IsBlocked(id) ? Readiness.Blocked : Readiness.Ready;

    /// <param name="DependsOn">The id of the task that is to come before.</param>
    internal sealed record DependencyRequest(string? DependsOn);

    /// <summary>Whether a task can be worked at.</summary>
    internal enum Readiness
    {
        Ready,
        Blocked,
        Done,
    }

    /// <param name="Title">Its first 60 characters.</param>
    internal sealed record NeighbourView(string Id, string Title, Readiness State);

    /// <param name="DependsOn">What comes before the task.</param>
    /// <param name="Dependents">What comes after it.</param>
    internal sealed record DependenciesView(string TaskId, bool IsBlocked, IReadOnlyList<NeighbourView> DependsOn, IReadOnlyList<NeighbourView> Dependents);

    /// <param name="StartMinutes">From now, at the earliest.</param>
    /// <param name="FinishMinutes">From now, at the earliest.</param>
    /// <param name="SlackMinutes">How long it can be put off without delaying the whole.</param>
    internal sealed record GraphTaskView(string Id, string Title, Readiness State, int? EstimateMinutes, IReadOnlyList<string> DependsOn, int StartMinutes, int FinishMinutes, int SlackMinutes);

    /// <param name="CriticalPath">The tasks that make the whole as long as it is, in order.</param>
    /// <param name="RemainingMinutes">How long the whole takes when what can be done at once is done at once, around the clock.</param>
    /// <param name="EarliestFinish">When that is from now on.</param>
    /// <param name="WithoutEstimate">How many open tasks were taken to need no time, since they have no estimate.</param>
    internal sealed record GraphView(IReadOnlyList<GraphTaskView> Tasks, IReadOnlyList<string> CriticalPath, int RemainingMinutes, DateTimeOffset EarliestFinish, int WithoutEstimate)
    {
        public static GraphView Of(TaskGraph graph, DateTimeOffset now)
        {
            var schedule = Schedule.Of(graph);
            var shown = graph.Tasks.Where(t => t.Value.DeletedAt is null).OrderBy(t => t.Key, StringComparer.Ordinal).Select(t =>
            {
                var slot = schedule.Slots[t.Key];
                return new GraphTaskView(t.Key, t.Value.Title, StateOf(graph, t.Key), t.Value.EstimateMinutes, [.. t.Value.DependsOn.Where(on => graph.Tasks[on].DeletedAt is null)], slot.Start, slot.Finish, slot.Slack);
            });
            return new GraphView([.. shown], schedule.CriticalPath, schedule.Minutes, now.AddMinutes(schedule.Minutes), graph.Tasks.Values.Count(t => t is { IsOpen: true, EstimateMinutes: null }));
        }
    }
}
