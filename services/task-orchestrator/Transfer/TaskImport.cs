using Deepiri.ServiceDefaults.Identity;
using Deepiri.TaskOrchestrator.Dependencies;
using Deepiri.TaskOrchestrator.Recurrence;
using Deepiri.TaskOrchestrator.Tasks;

namespace Deepiri.TaskOrchestrator.Transfer;

/// <summary>
/// Adds tasks from elsewhere. An id comes from the user and the file's uid, so that a file that is brought in twice, or again after a crash
/// half-way, adds each task once. What was done before earns nothing: it is told as created.
/// </summary>
internal sealed class TaskImport(TaskStore store, GraphStore graphs, SeriesStore series, TimeProvider time)
{
    /// <summary>How many tasks one transaction adds.</summary>
    private const int Batch = 50;

    public async Task<ImportView> AddAsync(IReadOnlyList<(TransferTask? Task, string? Fault)> read, CurrentUser user, string? requestId, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var plan = new ImportPlan(user.Id, now);
        foreach (var batch in read.Select((r, i) => (r.Task, r.Fault, Index: i)).Chunk(Batch))
        {
            var owned = (await store.FindAsync([.. batch.Select(b => b.Task?.Uid).OfType<string>()], cancellationToken)).Select(f => f.Task).Where(t => t.UserId == user.Id && t.DeletedAt is null).Select(t => t.Id).ToHashSet(StringComparer.Ordinal);
            foreach (var (task, fault, index) in batch)
                plan.Read(index, task, fault, owned);
        }
        foreach (var newest in plan.Newest())
            await series.KnowAsync(newest, cancellationToken);
        foreach (var batch in plan.Parents().Concat(plan.Parts()).Chunk(Batch))
            await AddAsync(plan, batch, requestId, cancellationToken);
        await ConnectAsync(plan, cancellationToken);
        return plan.View();
    }

    private async Task AddAsync(ImportPlan plan, TaskItem[] tasks, string? requestId, CancellationToken cancellationToken)
    {
        for (var left = tasks; left.Length > 0;)
        {
            var there = (await store.FindAsync([.. left.Select(t => t.Id)], cancellationToken)).Select(f => f.Task).ToDictionary(t => t.Id);
            // A task that was brought in and deleted comes back by being restored, as any other.
            plan.Present += left.Count(t => there.ContainsKey(t.Id));
            left = [.. left.Where(t => !there.ContainsKey(t.Id))];
            if (left.Length == 0 || await store.CommitAsync([.. left.Select(t => TaskChange.New(t, plan.UserId))], requestId, cancellationToken) is not null)
            {
                plan.Created += left.Length;
                return;
            }
        }
    }

    /// <summary>Connects what depends on each other, all of it or, when that would close a cycle, none.</summary>
    private async Task ConnectAsync(ImportPlan plan, CancellationToken cancellationToken)
    {
        var edges = plan.Edges();
        if (edges.Count == 0)
            return;
        var tasks = new Dictionary<string, TaskItem>(StringComparer.Ordinal);
        foreach (var ids in edges.SelectMany(e => new[] { e.Id, e.On }).Distinct().Chunk(500))
            foreach (var (task, _) in await store.FindAsync(ids, cancellationToken))
                tasks[task.Id] = task;
        await graphs.ChangeAsync(plan.UserId, graph =>
        {
            var connected = graph.Connect(edges.Where(e => tasks.ContainsKey(e.Id) && tasks.ContainsKey(e.On)).Select(e => (tasks[e.Id], tasks[e.On])));
            if (connected.IsTooLarge || connected.Tasks.Values.Any(t => t.DependsOn.Count > TaskGraph.MostDependencies))
                plan.WithoutDependencies = $"Too many tasks depend on each other, or one on more than {TaskGraph.MostDependencies}.";
            else
                plan.WithoutDependencies = connected.FindCycle() is { } cycle ? $"These depend on each other in a cycle: {string.Join(" → ", cycle.Select(id => connected.Tasks[id].Title))}." : null;
            return plan.WithoutDependencies is null ? connected : graph;
        }, cancellationToken);
        // Any may have changed while it was not in the graph yet.
        foreach (var ids in tasks.Keys.Chunk(500))
            await graphs.FollowAsync([.. (await store.FindAsync(ids, cancellationToken)).Select(f => f.Task)], cancellationToken);
    }
}
