using System.Globalization;
using Dapr.Actors;
using Dapr.Actors.Runtime;
using Dapr.Client;
using Deepiri.Contracts;
using Deepiri.TaskOrchestrator.Recurrence;
using Deepiri.TaskOrchestrator.Tasks;

namespace Deepiri.TaskOrchestrator.Reminders;

/// <summary>The alarms of one task; the actor's id is the task's.</summary>
public interface ITaskClockActor : IActor
{
    /// <summary>Sets the alarms that the task needs as it is now.</summary>
    Task SetAsync();
}

/// <summary>
/// Rings before a task is due, and when the time of a recurring one has come. Alarms are Dapr's actor reminders, which outlive the service. One that
/// is not wanted any more is not taken back: when it rings, the task tells whether it still means something.
/// </summary>
internal sealed class TaskClockActor(ActorHost host, TaskStore tasks, SeriesStore series, DaprClient dapr, TimeProvider time) : Actor(host), ITaskClockActor, IRemindable
{
    public const string TypeName = "TaskClock";

    private const string Recurring = "recur";
    private const string Before = "before-";

    private static readonly Dictionary<string, string> s_metadata = new() { ["cloudevent.type"] = EventTypes.TaskReminder };
    private static readonly TimeSpan s_once = TimeSpan.FromMilliseconds(-1);

    /// <summary>Schedulers count in seconds, and may ring a little early.</summary>
    private static readonly TimeSpan s_early = TimeSpan.FromSeconds(5);

    public async Task SetAsync()
    {
        if (await tasks.FindAsync(Id.GetId(), CancellationToken.None) is not ({ } task, _) || !IsWaiting(task))
            return;
        var now = time.GetUtcNow();
        // What would have rung already before the task was changed is past; what should have rung since is only late.
        foreach (var (name, at) in Alarms(task).Where(a => a.At >= task.UpdatedAt))
            await RegisterReminderAsync(name, null, at > now ? at - now : TimeSpan.Zero, s_once);
    }

    public async Task ReceiveReminderAsync(string reminderName, byte[] state, TimeSpan dueTime, TimeSpan period)
    {
        if (await tasks.FindAsync(Id.GetId(), CancellationToken.None) is not ({ } task, _) || !IsWaiting(task))
            return;
        var due = Alarms(task).Where(a => a.Name == reminderName && a.At <= time.GetUtcNow() + s_early).ToList();
        if (due.Count == 0)
            return;
        if (reminderName == Recurring)
            await series.AdvanceAsync(task, null, CancellationToken.None);
        else
            await dapr.PublishEventAsync(Topics.PubSub, Topics.Tasks, new TaskReminder(task.Id, task.UserId, task.Title, task.Due!.Value, int.Parse(reminderName.AsSpan(Before.Length), CultureInfo.InvariantCulture), null), s_metadata);
    }

    /// <summary>Whether a task has any alarm.</summary>
    public static bool HasAlarms(TaskItem task) => IsWaiting(task) && Alarms(task).Any();

    private static bool IsWaiting(TaskItem task) => task is { Status: not TaskState.Done, DeletedAt: null, Due: not null };

    private static IEnumerable<(string Name, DateTimeOffset At)> Alarms(TaskItem task) =>
    [
        .. (task.Reminders ?? []).Select(minutes => ($"{Before}{minutes}", task.Due!.Value.AddMinutes(-minutes))),
        .. task.Recurrence is null ? [] : new[] { (Recurring, task.Due!.Value) },
    ];
}
