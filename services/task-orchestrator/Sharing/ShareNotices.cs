using Dapr.Client;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.Http;
using Deepiri.TaskOrchestrator.Tasks;
using Deepiri.TaskOrchestrator.Versions;

namespace Deepiri.TaskOrchestrator.Sharing;

/// <summary>Tells users of the tasks that were shared with them.</summary>
internal sealed class ShareNotices(DaprClient dapr, VersionStore versions)
{
    private static readonly Dictionary<string, string> s_metadata = new() { ["cloudevent.type"] = EventTypes.TaskShared };

    /// <summary>May be told again: which version it was makes it one notification. What was taken back meanwhile is not told.</summary>
    public async Task TellAsync(TaskItem task, int version, string? requestId, CancellationToken cancellationToken)
    {
        if (task is { DeletedAt: not null } or { Shares: null or { Count: 0 } } || version < 2)
            return;
        var kept = await versions.FindAsync(task, [version, version - 1], cancellationToken);
        if (kept is not [{ } after, { } before] || after.Version != version)
            return;
        foreach (var (user, role) in after.Shares ?? new Dictionary<string, TaskRole>())
            if (before.RoleOf(user) != role && task.RoleOf(user) == role)
                await dapr.PublishEventAsync(Topics.PubSub, Topics.Tasks, new TaskShared(task.Id, user, task.Title, Words<TaskRole>.Of(role), version, requestId), s_metadata, cancellationToken);
    }
}
