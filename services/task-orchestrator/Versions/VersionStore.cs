using Dapr.Client;
using Deepiri.ServiceDefaults.State;
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

    private static readonly TimeSpan s_life = TimeSpan.FromDays(365);

    /// <summary>The numbers of the versions that are kept, the newest first.</summary>
    /// <param name="present">The present one.</param>
    public static IEnumerable<int> Numbers(int present) =>
        Enumerable.Range(0, Math.Min(present, Reach)).Select(back => present - back).Where(number => IsKept(number, present) && number > 1).Append(1);

    /// <summary>Keeps a version in the transaction that replaces it, and lets go of those that are not to be kept any more.</summary>
    public static void Keep(TaskItem replaced, StateTransaction transaction)
    {
        transaction.Save(Key(replaced.Id, replaced.Version), replaced, "", s_life);
        foreach (var number in new[] { replaced.Version - Recent, replaced.Version - Reach }.Where(n => n > 1 && !IsKept(n, replaced.Version + 1)))
            transaction.Delete(Key(replaced.Id, number));
    }

    /// <summary>Those versions of some numbers that are there, the newest first; the present one may be among them.</summary>
    public async Task<IReadOnlyList<TaskItem>> FindAsync(TaskItem present, IReadOnlyList<int> numbers, CancellationToken cancellationToken)
    {
        List<TaskItem> found = numbers.Contains(present.Version) ? [present] : [];
        string[] earlier = [.. numbers.Where(n => n < present.Version).Select(n => Key(present.Id, n))];
        if (earlier.Length > 0)
            found.AddRange((await dapr.GetBulkStateAsync<TaskItem?>(TaskStore.Store, earlier, parallelism: null, cancellationToken: cancellationToken)).Select(i => i.Value).OfType<TaskItem>());
        return [.. found.OrderByDescending(t => t.Version)];
    }

    private static bool IsKept(int number, int present) => number >= present - Recent || (number % Step == 0 && number > present - Reach);

    private static string Key(string taskId, int version) => $"task-version:{taskId}:{version}";
}
