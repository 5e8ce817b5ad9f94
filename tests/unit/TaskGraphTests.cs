using Deepiri.TaskOrchestrator.Dependencies;
using Deepiri.TaskOrchestrator.Tasks;
using FsCheck;
using FsCheck.Fluent;

namespace Deepiri.UnitTests;

public sealed class TaskGraphTests
{
    private static readonly DateTimeOffset s_now = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    /// <summary>Connecting, disconnecting, completing and deleting in any order, with news that come late or twice.</summary>
    [Fact]
    public void Whatever_is_done_in_whatever_order_it_has_no_cycle_and_knows_the_present() => Prop.ForAll(ArbMap.Default.ArbFor<List<(byte Command, byte Task, byte Other)>>(), commands =>
    {
        var tasks = Enumerable.Range(0, 8).Select(i => TaskItem.New("ada", s_now.AddSeconds(i)) with { Title = $"{i}", EstimateMinutes = i * 10 }).ToArray();
        var old = new List<TaskItem>(tasks);
        var edges = new HashSet<(string From, string To)>();
        var graph = TaskGraph.Empty;
        foreach (var (command, first, second) in commands)
        {
            var (a, b) = (first % tasks.Length, second % tasks.Length);
            switch (command % 5)
            {
                case 0 or 1 when !Reaches(edges, tasks[b].Id, tasks[a].Id):
                    graph = graph.Connect(tasks[a], tasks[b]);
                    edges.Add((tasks[a].Id, tasks[b].Id));
                    break;
                case 2:
                    graph = graph.Disconnect(tasks[a].Id, tasks[b].Id);
                    edges.Remove((tasks[a].Id, tasks[b].Id));
                    break;
                case 3:
                    tasks[a] = tasks[a] with { Status = second % 2 == 0 ? TaskState.Done : TaskState.Todo, DeletedAt = second % 3 == 0 ? s_now : null, Version = tasks[a].Version + 1 };
                    old.Add(tasks[a]);
                    graph = graph.Follow(tasks[a]);
                    break;
                case 4:
                    graph = graph.Follow(old[second % old.Count]);
                    break;
            }
        }
        var schedule = Schedule.Of(graph);
        return edges.SetEquals(graph.Tasks.SelectMany(t => t.Value.DependsOn.Select(on => (t.Key, on))))
            && edges.All(e => graph.Tasks.ContainsKey(e.From) && graph.Tasks.ContainsKey(e.To))
            && tasks.All(t => graph.WayBetween(t.Id, t.Id)!.Count == 1)
            && tasks.All(t => tasks.All(u => graph.WayBetween(t.Id, u.Id) is not null == Reaches(edges, t.Id, u.Id)))
            && tasks.Where(t => graph.Tasks.ContainsKey(t.Id)).All(t => graph.Tasks[t.Id].Version == t.Version && schedule.Slots[t.Id].Finish == FinishOf(graph, t.Id))
            && tasks.All(t => graph.IsBlocked(t.Id) == edges.Any(e => e.From == t.Id && tasks.Single(u => u.Id == e.To) is { Status: not TaskState.Done, DeletedAt: null }))
            && schedule.Minutes == schedule.CriticalPath.Sum(id => graph.Tasks[id].EstimateMinutes ?? 0)
            && schedule.CriticalPath.All(id => schedule.Slots[id].Slack == 0);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void The_way_is_the_shortest_one()
    {
        var tasks = Enumerable.Range(0, 5).Select(i => TaskItem.New("ada", s_now.AddSeconds(i))).ToArray();
        var graph = TaskGraph.Empty;
        foreach (var (from, to) in new[] { (0, 1), (1, 2), (2, 4), (0, 3), (3, 4) })
            graph = graph.Connect(tasks[from], tasks[to]);
        Assert.Equal([tasks[0].Id, tasks[3].Id, tasks[4].Id], graph.WayBetween(tasks[0].Id, tasks[4].Id)!);
        Assert.Null(graph.WayBetween(tasks[4].Id, tasks[0].Id));
    }

    [Fact]
    public void What_cannot_come_back_leaves_with_its_edges()
    {
        var tasks = Enumerable.Range(0, 3).Select(i => TaskItem.New("ada", s_now.AddSeconds(i))).ToArray();
        var graph = TaskGraph.Empty.Connect(tasks[0], tasks[1]).Connect(tasks[2], tasks[0]).Follow(tasks[1] with { DeletedAt = s_now, Version = 2 });
        Assert.Same(graph, graph.Without(t => t.DeletedAt < s_now));
        Assert.Equal([tasks[0].Id, tasks[2].Id], graph.Without(t => t.DeletedAt <= s_now).Tasks.Keys.Order(StringComparer.Ordinal));
    }

    private static bool Reaches(HashSet<(string From, string To)> edges, string from, string to) => from == to || edges.Where(e => e.From == from).Any(e => Reaches(edges, e.To, to));

    private static int FinishOf(TaskGraph graph, string id)
    {
        var task = graph.Tasks[id];
        return task.IsOpen ? (task.EstimateMinutes ?? 0) + task.DependsOn.Select(on => FinishOf(graph, on)).DefaultIfEmpty().Max() : 0;
    }
}

public sealed class TaskChangesTests
{
    [Fact]
    public void Versions_replay_to_the_present() => Prop.ForAll(ArbMap.Default.ArbFor<List<(byte Field, byte Value)>>(), edits =>
    {
        var now = new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);
        var task = TaskItem.New("ada", now) with { Title = "First" };
        var fields = TaskOrchestrator.Versions.TaskChanges.Between(null, task).ToDictionary(c => c.Field, c => c.To);
        foreach (var (field, value) in edits)
        {
            var next = (field % 9) switch
            {
                0 => task with { Title = $"{value}" },
                1 => task with { Description = value % 2 == 0 ? null : $"{value}" },
                2 => task with { Due = value % 2 == 0 ? null : now.AddHours(value) },
                3 => task with { Priority = (TaskPriority)(value % 4) },
                4 => task with { EstimateMinutes = value % 2 == 0 ? null : value },
                5 => task with { Tags = [.. Enumerable.Range(0, value % 3).Select(i => $"{value}-{i}")] },
                6 => task with { Status = (TaskState)(value % 3) },
                7 => task with { DeletedAt = value % 2 == 0 ? null : now },
                _ => task.SharedWith($"{value % 3}", value % 2 == 0 ? null : (TaskRole)(value % 2), now),
            };
            foreach (var change in TaskOrchestrator.Versions.TaskChanges.Between(task, next))
                fields[change.Field] = change.To;
            task = next;
        }
        var present = TaskOrchestrator.Versions.TaskChanges.Fields(task);
        return fields.Count == present.Count && fields.All(f => System.Text.Json.JsonElement.DeepEquals(f.Value, present[f.Key]));
    }).QuickCheckThrowOnFailure();
}
