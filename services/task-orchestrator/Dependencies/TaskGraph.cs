using System.Text.Json.Serialization;
using Deepiri.TaskOrchestrator.Tasks;

namespace Deepiri.TaskOrchestrator.Dependencies;

/// <summary>A task as far as its dependents need to know it.</summary>
/// <param name="Version">The version of the task that this tells of.</param>
/// <param name="DependsOn">The tasks that come before it.</param>
internal sealed record GraphTask(
    string Title,
    int Version,
    int? EstimateMinutes,
    bool IsDone,
    DateTimeOffset? DeletedAt,
    IReadOnlyList<string> DependsOn)
{
    /// <summary>Whether tasks that depend on it have to wait. A deleted one holds nobody up.</summary>
    [JsonIgnore]
    public bool IsOpen => !IsDone && DeletedAt is null;

    /// <summary>How much of a title is kept: all tasks of a graph are one item of the store.</summary>
    private const int LongestTitle = 60;

    public static GraphTask Of(TaskItem task, IReadOnlyList<string> dependsOn) =>
        new(task.Title.Length <= LongestTitle ? task.Title : $"{task.Title[..(char.IsHighSurrogate(task.Title[LongestTitle - 2]) ? LongestTitle - 2 : LongestTitle - 1)]}…", task.Version, task.EstimateMinutes, task.Status == TaskState.Done, task.DeletedAt, dependsOn);
}

/// <summary>Those tasks of a user that depend on another or that another depends on. It has no cycles.</summary>
[JsonConverter(typeof(TaskGraphConverter))]
internal sealed record TaskGraph(IReadOnlyDictionary<string, GraphTask> Tasks)
{
    private const int MostTasks = 20_000;
    private const int LargestJson = 3_000_000;

    /// <summary>How many others a task depends on at most.</summary>
    public const int MostDependencies = 100;

    public static TaskGraph Empty { get; } = new(new Dictionary<string, GraphTask>());

    /// <summary>What a task depends on, done or not.</summary>
    public IReadOnlyList<string> DependenciesOf(string id) => Tasks.TryGetValue(id, out var task) ? task.DependsOn : [];

    /// <summary>The tasks that depend on one.</summary>
    public IEnumerable<string> DependentsOf(string id) => Tasks.Where(t => t.Value.DependsOn.Contains(id)).Select(t => t.Key);

    /// <summary>
    /// Whether it is more than one item of the store should be: of the 4 MiB that a sidecar takes, about one is left for titles that become longer.
    /// </summary>
    public bool IsTooLarge => Tasks.Count > MostTasks || Tasks.Values.Sum(t => 90 + t.Title.Sum(c => char.IsAsciiLetterOrDigit(c) || c is ' ' or '.' or ',' or '-' ? 1 : 6) + (6 * t.DependsOn.Count)) > LargestJson;

    /// <summary>Whether a task has to wait for another.</summary>
    public bool IsBlocked(string id) => DependenciesOf(id).Any(on => Tasks[on].IsOpen);

    /// <summary>The shortest way from a task to one that it depends on, over others, with both ends; null when it does not depend on it.</summary>
    public IReadOnlyList<string>? WayBetween(string from, string to)
    {
        var reachedFrom = new Dictionary<string, string?>(StringComparer.Ordinal) { [from] = null };
        var next = new Queue<string>([from]);
        while (next.TryDequeue(out var id))
        {
            if (id == to)
            {
                var way = new List<string>();
                for (string? at = to; at is not null; at = reachedFrom[at])
                    way.Add(at);
                way.Reverse();
                return way;
            }
            foreach (var on in DependenciesOf(id))
                if (reachedFrom.TryAdd(on, id))
                    next.Enqueue(on);
        }
        return null;
    }

    /// <summary>The graph in which a task depends on another, too. It must not close a cycle: see <see cref="WayBetween"/>.</summary>
    public TaskGraph Connect(TaskItem task, TaskItem on) => Connect([(task, on)]);

    /// <summary>The graph with many more edges, which may close cycles: see <see cref="FindCycle"/>.</summary>
    public TaskGraph Connect(IEnumerable<(TaskItem Task, TaskItem On)> edges)
    {
        var tasks = new Dictionary<string, GraphTask>(Tasks, StringComparer.Ordinal);
        foreach (var connected in edges.GroupBy(e => e.Task.Id))
        {
            foreach (var (_, on) in connected)
                tasks.TryAdd(on.Id, GraphTask.Of(on, []));
            // What the graph knows may be newer than what was read.
            var known = tasks.TryGetValue(connected.Key, out var present) ? present : GraphTask.Of(connected.First().Task, []);
            tasks[connected.Key] = known with { DependsOn = [.. known.DependsOn.Union(connected.Select(e => e.On.Id))] };
        }
        return new TaskGraph(tasks);
    }

    /// <summary>A cycle, with the task that it begins with at both ends; null when there is none.</summary>
    public IReadOnlyList<string>? FindCycle()
    {
        var left = Tasks.Keys.Except(InOrder()).ToHashSet(StringComparer.Ordinal);
        if (left.Count == 0)
            return null;
        // What is left depends on something that is left; going on, one comes round.
        var way = new List<string> { left.Min(StringComparer.Ordinal)! };
        while (way.IndexOf(way[^1]) == way.Count - 1)
            way.Add(Tasks[way[^1]].DependsOn.First(left.Contains));
        return way[way.IndexOf(way[^1])..];
    }

    /// <summary>Dependencies before dependents, and else in the order of their ids; what is part of a cycle, or waits for one, is not among them.</summary>
    public IReadOnlyList<string> InOrder()
    {
        var waiting = Tasks.ToDictionary(t => t.Key, t => t.Value.DependsOn.Count, StringComparer.Ordinal);
        var dependents = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var (id, task) in Tasks)
            foreach (var on in task.DependsOn)
                (dependents.TryGetValue(on, out var list) ? list : dependents[on] = []).Add(id);

        var order = new List<string>(Tasks.Count);
        order.AddRange(waiting.Where(w => w.Value == 0).Select(w => w.Key).Order(StringComparer.Ordinal));
        for (var i = 0; i < order.Count; i++)
            foreach (var id in dependents.GetValueOrDefault(order[i]) ?? [])
                if (--waiting[id] == 0)
                    order.Add(id);
        return order;
    }

    /// <summary>The graph in which a task does not depend on another any more.</summary>
    public TaskGraph Disconnect(string id, string on)
    {
        if (!DependenciesOf(id).Contains(on))
            return this;
        var tasks = new Dictionary<string, GraphTask>(Tasks, StringComparer.Ordinal);
        tasks[id] = tasks[id] with { DependsOn = [.. tasks[id].DependsOn.Where(d => d != on)] };
        return Connected(tasks);
    }

    /// <summary>The graph with what became of a task; the same one when it is not in it, or when this is no news.</summary>
    public TaskGraph Follow(TaskItem task) => Tasks.TryGetValue(task.Id, out var known) && known.Version < task.Version
        ? new TaskGraph(new Dictionary<string, GraphTask>(Tasks, StringComparer.Ordinal) { [task.Id] = GraphTask.Of(task, known.DependsOn) })
        : this;

    /// <summary>The graph without tasks that were deleted so long ago that they cannot come back.</summary>
    public TaskGraph Without(Func<GraphTask, bool> isGone)
    {
        var gone = Tasks.Where(t => isGone(t.Value)).Select(t => t.Key).ToHashSet(StringComparer.Ordinal);
        return gone.Count == 0 ? this : Connected(Tasks.Where(t => !gone.Contains(t.Key)).ToDictionary(t => t.Key, t => t.Value with { DependsOn = [.. t.Value.DependsOn.Where(on => !gone.Contains(on))] }, StringComparer.Ordinal));
    }

    /// <summary>Only tasks with a dependency or a dependent stay.</summary>
    private static TaskGraph Connected(Dictionary<string, GraphTask> tasks)
    {
        var needed = tasks.Values.SelectMany(t => t.DependsOn).ToHashSet(StringComparer.Ordinal);
        foreach (var (id, task) in tasks)
            if (task.DependsOn.Count == 0 && !needed.Contains(id))
                tasks.Remove(id);
        return new TaskGraph(tasks);
    }
}
