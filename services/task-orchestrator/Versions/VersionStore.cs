using Dapr.Client;
using Deepiri.TaskOrchestrator.Tasks;

namespace Deepiri.TaskOrchestrator.Versions;

/// <summary>
/// Earlier versions of tasks, each a task as it was, for <see cref="s_life"/>. Of each task the newest <see cref="Recent"/> are kept, of those before
/// every <see cref="Step"/>th, as far back as <see cref="Reach"/>, and the first. The present one is the task itself.
/// </summary>
internal sealed class VersionStore(DaprClient dapr)
{
    private const int Recent = 50;
    private const int Step = 10;
    private const int Reach = 550;

    /// <summary>Without an outbox: nobody is told of the past.</summary>
    private const string Store = "statestore";

    private static readonly TimeSpan s_life = TimeSpan.FromDays(365);
    private static readonly Dictionary<string, string> s_metadata = new() { ["ttlInSeconds"] = $"{(int)s_life.TotalSeconds}" };

    /// <summary>The numbers of the versions that are kept, the newest first.</summary>
    /// <param name="present">The present one.</param>
    public static IEnumerable<int> Numbers(int present) =>
        Enumerable.Range(0, Math.Min(present, Reach)).Select(back => present - back).Where(number => IsKept(number, present) && number > 1).Append(1);

    /// <summary>Keeps versions that are about to be replaced, and lets go of those that are not to be kept any more.</summary>
    public async Task KeepAsync(IReadOnlyList<TaskItem> tasks, CancellationToken cancellationToken)
    {
        if (tasks.Count > 0)
            await dapr.SaveBulkStateAsync(Store, [.. tasks.Select(t => new SaveStateItem<TaskItem>(Key(t.Id, t.Version), t, "", metadata: s_metadata))], cancellationToken);
        var gone = tasks.SelectMany(t => new[] { t.Version - Recent, t.Version - Reach }.Where(number => number > 1 && !IsKept(number, t.Version + 1)).Select(number => new BulkDeleteStateItem(Key(t.Id, number), ""))).ToList();
        if (gone.Count > 0)
            await dapr.DeleteBulkStateAsync(Store, gone, cancellationToken);
    }

    /// <summary>Those versions of some numbers that are there, the newest first; the present one may be among them.</summary>
    public async Task<IReadOnlyList<TaskItem>> FindAsync(TaskItem present, IReadOnlyList<int> numbers, CancellationToken cancellationToken)
    {
        List<TaskItem> found = numbers.Contains(present.Version) ? [present] : [];
        string[] earlier = [.. numbers.Where(n => n < present.Version).Select(n => Key(present.Id, n))];
        if (earlier.Length > 0)
            found.AddRange((await dapr.GetBulkStateAsync<TaskItem?>(Store, earlier, parallelism: null, cancellationToken: cancellationToken)).Select(i => i.Value).OfType<TaskItem>());
        return [.. found.OrderByDescending(t => t.Version)];
    }

    private static bool IsKept(int number, int present) => number >= present - Recent || (number % Step == 0 && number > present - Reach);

    private static string Key(string taskId, int version) => $"task-version:{taskId}:{version}";
}
