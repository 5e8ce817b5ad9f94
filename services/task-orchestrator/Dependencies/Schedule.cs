namespace Deepiri.TaskOrchestrator.Dependencies;

/// <summary>When a task can be worked at, in minutes from now.</summary>
/// <param name="Start">The earliest start.</param>
/// <param name="Finish">The earliest finish.</param>
/// <param name="Slack">How long it can be put off without delaying the whole.</param>
internal readonly record struct Slot(int Start, int Finish, int Slack);

/// <summary>
/// The critical path method: work is done around the clock by as many as it takes. What is done or deleted takes no time and waits for nothing,
/// and a task without an estimate takes no time.
/// </summary>
/// <param name="Slots">By task.</param>
/// <param name="CriticalPath">The open tasks that make the whole as long as it is, in order.</param>
/// <param name="Minutes">The length of the whole.</param>
internal sealed record Schedule(IReadOnlyDictionary<string, Slot> Slots, IReadOnlyList<string> CriticalPath, int Minutes)
{
    public static Schedule Of(TaskGraph graph)
    {
        var order = graph.InOrder();
        var finish = new Dictionary<string, int>(order.Count, StringComparer.Ordinal);
        foreach (var id in order)
            finish[id] = graph.Tasks[id] is { IsOpen: true } task ? Length(task) + Latest(task, finish) : 0;
        var whole = finish.Count == 0 ? 0 : finish.Values.Max();

        var latest = order.ToDictionary(id => id, id => graph.Tasks[id].IsOpen ? whole : 0, StringComparer.Ordinal);
        for (var i = order.Count - 1; i >= 0; i--)
        {
            if (graph.Tasks[order[i]] is not { IsOpen: true } task)
                continue;
            foreach (var on in task.DependsOn)
                latest[on] = Math.Min(latest[on], latest[order[i]] - Length(task));
        }
        return new Schedule(order.ToDictionary(id => id, id => new Slot(finish[id] - Length(graph.Tasks[id]), finish[id], latest[id] - finish[id]), StringComparer.Ordinal), Path(graph, finish, whole), whole);
    }

    private static int Length(GraphTask task) => task.IsOpen ? task.EstimateMinutes ?? 0 : 0;

    private static int Latest(GraphTask task, Dictionary<string, int> finish)
    {
        var latest = 0;
        foreach (var on in task.DependsOn)
            latest = Math.Max(latest, finish[on]);
        return latest;
    }

    /// <summary>Back from a task that ends last, over those whose end its start waited for.</summary>
    private static List<string> Path(TaskGraph graph, Dictionary<string, int> finish, int whole)
    {
        var path = new List<string>();
        var at = whole == 0 ? null : finish.Where(f => f.Value == whole && Length(graph.Tasks[f.Key]) > 0).Select(f => f.Key).Min(StringComparer.Ordinal);
        while (at is not null)
        {
            path.Add(at);
            var start = finish[at] - Length(graph.Tasks[at]);
            at = graph.Tasks[at].DependsOn.Where(on => graph.Tasks[on].IsOpen && finish[on] == start).Order(StringComparer.Ordinal).FirstOrDefault();
        }
        path.Reverse();
        return path;
    }
}
