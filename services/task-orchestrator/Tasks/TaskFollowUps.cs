using Dapr.Actors.Client;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.Events;
using Deepiri.TaskOrchestrator.Dependencies;
using Deepiri.TaskOrchestrator.Recurrence;
using Deepiri.TaskOrchestrator.Reminders;
using Deepiri.TaskOrchestrator.Sharing;

namespace Deepiri.TaskOrchestrator.Tasks;

/// <summary>
/// What follows from a change of a task. It goes by the service's own events, so that it happens even when the service ends right after the
/// change; and it looks at the task as it is now, so that neither a repeated nor a late event does harm.
/// </summary>
internal sealed class TaskFollowUps(TaskStore tasks, GraphStore graphs, Unblocking unblocking, ShareNotices shares, SeriesStore series, IActorProxyFactory proxies)
{
    public async Task FollowAsync(TaskChanged change, string type, CancellationToken cancellationToken)
    {
        if (await tasks.FindWithGraphAsync(change.TaskId, change.UserId, cancellationToken) is not ({ } task, _, { } graph))
            return;
        // One that fails does not keep the others from being done; the event is delivered again for its sake.
        await Task.WhenAll(
            proxies.SetAlarmsAsync(task),
            AdvanceSeriesAsync(task, change, type, cancellationToken),
            NotifySharesAsync(task, change, cancellationToken),
            UpdateGraphAsync(task, graph, change, type, cancellationToken));
    }

    private async Task AdvanceSeriesAsync(TaskItem task, TaskChanged change, string type, CancellationToken cancellationToken)
    {
        if (type is EventTypes.TaskCompleted or EventTypes.TaskDeleted)
            await series.AdvanceAsync(task, change.RequestId, cancellationToken);
    }

    private async Task NotifySharesAsync(TaskItem task, TaskChanged change, CancellationToken cancellationToken)
    {
        if (!IsNew(task))
            await shares.TellAsync(task, change.Version, change.RequestId, cancellationToken);
    }

    private async Task UpdateGraphAsync(TaskItem task, TaskGraph graph, TaskChanged change, string type, CancellationToken cancellationToken)
    {
        if (IsNew(task))
            return;
        var followed = await graphs.FollowAsync(task, graph, cancellationToken);
        if (type == EventTypes.TaskCompleted)
            await unblocking.TellAsync(task, followed, change.Version, change.RequestId, cancellationToken);
    }

    /// <summary>A new task is neither shared nor in a graph.</summary>
    private static bool IsNew(TaskItem task) => task.Version == 1;
}

internal static class TaskFollowUpEvents
{
    private static readonly string[] s_types = [EventTypes.TaskCreated, EventTypes.TaskUpdated, EventTypes.TaskCompleted, EventTypes.TaskDeleted];

    public static IServiceCollection AddTaskFollowUps(this IServiceCollection services) => services.AddSingleton<TaskFollowUps>();

    public static void MapTaskFollowUps(this IEndpointRouteBuilder endpoints)
    {
        foreach (var type in s_types)
            endpoints.MapEvent<TaskChanged>(Topics.Tasks, type, (received, services, cancellationToken) =>
                services.GetRequiredService<TaskFollowUps>().FollowAsync(received.Data, type, cancellationToken));
    }
}
