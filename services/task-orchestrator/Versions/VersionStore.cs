using Dapr.Client;
using Deepiri.TaskOrchestrator.Tasks;

namespace Deepiri.TaskOrchestrator.Versions;

/// <summary>
/// Earlier versions of tasks, each a task as it was: the newest <see cref="Kept"/> of each, for <see cref="s_life"/>. The present one is the
/// task itself.
/// </summary>
internal sealed class VersionStore(DaprClient dapr)
{
    /// <summary>How many earlier versions of a task are kept.</summary>
    public const int Kept = 100;

    /// <summary>Without an outbox: nobody is told of the past.</summary>
    private const string Store = "statestore";

    private static readonly TimeSpan s_life = TimeSpan.FromDays(365);
    private static readonly Dictionary<string, string> s_metadata = new() { ["ttlInSeconds"] = $"{(int)s_life.TotalSeconds}" };

    /// <summary>Keeps versions that are about to be replaced, and lets go of the oldest ones.</summary>
    public async Task KeepAsync(IReadOnlyList<TaskItem> tasks, CancellationToken cancellationToken)
    {
        if (tasks.Count > 0)
            await dapr.SaveBulkStateAsync(Store, [.. tasks.Select(t => new SaveStateItem<TaskItem>(Key(t.Id, t.Version), t, "", metadata: s_metadata))], cancellationToken);
        var oldest = tasks.Where(t => t.Version > Kept).Select(t => new BulkDeleteStateItem(Key(t.Id, t.Version - Kept), "")).ToList();
        if (oldest.Count > 0)
            await dapr.DeleteBulkStateAsync(Store, oldest, cancellationToken);
    }

    /// <summary>Those versions of a range that are kept, the newest first; the present one among them.</summary>
    public async Task<IReadOnlyList<TaskItem>> RangeAsync(TaskItem present, int first, int last, CancellationToken cancellationToken)
    {
        var numbers = Enumerable.Range(first, Math.Max(0, Math.Min(last, present.Version - 1) - first + 1)).ToList();
        List<TaskItem> found = last >= present.Version ? [present] : [];
        if (numbers.Count > 0)
        {
            var items = await dapr.GetBulkStateAsync<TaskItem?>(Store, [.. numbers.Select(n => Key(present.Id, n))], parallelism: null, cancellationToken: cancellationToken);
            found.AddRange(items.Select(i => i.Value).OfType<TaskItem>());
        }
        return [.. found.OrderByDescending(t => t.Version)];
    }

    private static string Key(string taskId, int version) => $"task-version:{taskId}:{version}";
}
