using Deepiri.ServiceDefaults.Identity;
using Deepiri.TaskOrchestrator.Dependencies;
using Deepiri.TaskOrchestrator.QuickAdd;

namespace Deepiri.TaskOrchestrator.Tasks;

/// <summary>Makes what the API shows of tasks.</summary>
internal sealed class TaskViews(GraphStore graphs)
{
    public async Task<IReadOnlyList<TaskView>> OfAsync(IReadOnlyList<TaskItem> tasks, CurrentUser user, CancellationToken cancellationToken)
    {
        if (tasks.Count == 0)
            return [];
        var known = await graphs.OfAsync([.. tasks.Select(t => t.UserId).Distinct(StringComparer.Ordinal)], cancellationToken);
        return [.. tasks.Select(t => TaskView.Of(t, t.RoleOf(user.Id) ?? TaskRole.Viewer, known[t.UserId].IsBlocked(t.Id)))];
    }

    /// <param name="understanding">What the text was understood as of which the task was made.</param>
    public async Task<TaskView> OfAsync(TaskItem task, CurrentUser user, CancellationToken cancellationToken, Understanding? understanding = null) =>
        (await OfAsync([task], user, cancellationToken))[0] with { Understanding = understanding };
}
