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
        if (order.Count < graph.Tasks.Count)
            throw new InvalidOperationException("The graph has a cycle.");
        var places = order.Select((id, i) => (id, i)).ToDictionary(p => p.id, p => p.i, StringComparer.Ordinal);
        // By place, which is quicker than by id: dependencies come before dependents.
        var tasks = order.Select(id => graph.Tasks[id]).ToArray();
        var before = Array.ConvertAll(tasks, t => t.DependsOn.Select(on => places[on]).ToArray());
        var length = Array.ConvertAll(tasks, t => t.IsOpen ? t.EstimateMinutes ?? 0 : 0);

        var finish = new int[tasks.Length];
        for (var i = 0; i < tasks.Length; i++)
            finish[i] = tasks[i].IsOpen ? length[i] + before[i].Select(on => finish[on]).DefaultIfEmpty().Max() : 0;
        var whole = finish.DefaultIfEmpty().Max();
        var latest = Array.ConvertAll(tasks, t => t.IsOpen ? whole : 0);
        for (var i = tasks.Length - 1; i >= 0; i--)
            foreach (var on in tasks[i].IsOpen ? before[i] : [])
                latest[on] = Math.Min(latest[on], latest[i] - length[i]);
        return new Schedule(order.Select((id, i) => (id, new Slot(finish[i] - length[i], finish[i], latest[i] - finish[i]))).ToDictionary(s => s.id, s => s.Item2, StringComparer.Ordinal), Path(order, tasks, before, length, finish, whole), whole);
    }

    /// <summary>Back from a task that ends last, over those whose end its start waited for; of several, over the oldest.</summary>
    private static List<string> Path(IReadOnlyList<string> order, GraphTask[] tasks, int[][] before, int[] length, int[] finish, int whole)
    {
        var path = new List<string>();
        int? Oldest(IEnumerable<int> places) => places.Cast<int?>().MinBy(i => order[i!.Value], StringComparer.Ordinal);
        for (var at = whole == 0 ? null : Oldest(Enumerable.Range(0, tasks.Length).Where(i => finish[i] == whole && length[i] > 0)); at is { } i;)
        {
            path.Add(order[i]);
            at = Oldest(before[i].Where(on => tasks[on].IsOpen && finish[on] == finish[i] - length[i]));
        }
        path.Reverse();
        return path;
    }
}
