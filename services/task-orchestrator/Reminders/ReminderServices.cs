using Dapr.Actors.Client;
using Deepiri.ServiceDefaults.Actors;
using Deepiri.TaskOrchestrator.Tasks;

namespace Deepiri.TaskOrchestrator.Reminders;

/// <summary>An actor per task that has alarms.</summary>
internal static class ReminderServices
{
    public static IServiceCollection AddReminders(this IServiceCollection services) =>
        services.AddPlatformActors(actors => actors.RegisterActor<TaskClockActor>(TaskClockActor.TypeName));

    /// <summary>Sets the alarms of a task.</summary>
    public static Task SetAlarmsAsync(this IActorProxyFactory proxies, TaskItem task) =>
        TaskClockActor.HasAlarms(task) ? proxies.Actor(TaskClockActor.TypeName, task.Id).InvokeMethodAsync(nameof(ITaskClockActor.SetAsync)) : Task.CompletedTask;
}
