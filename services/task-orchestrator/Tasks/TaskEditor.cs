using System.Reflection;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Http;
using Deepiri.ServiceDefaults.Identity;
using Deepiri.ServiceDefaults.State;
using Deepiri.TaskOrchestrator.Dependencies;

namespace Deepiri.TaskOrchestrator.Tasks;

/// <summary>Makes the changes that a request asks for: with its user's rights, under its <c>If-Match</c>, and with the new ETag in the answer.</summary>
internal sealed class TaskEditor(CurrentUser user, HttpContext context, TaskStore store, TimeProvider time) : IBindableFromHttpContext<TaskEditor>
{
    public CurrentUser User => user;

    public static async ValueTask<TaskEditor?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var services = context.RequestServices;
        return new TaskEditor((await CurrentUser.BindAsync(context, parameter))!, context, services.GetRequiredService<TaskStore>(), services.GetRequiredService<TimeProvider>());
    }

    /// <summary>Adds a new task.</summary>
    /// <param name="role">What the user is of it.</param>
    public async Task<TaskView> AddAsync(TaskItem task, TaskRole role, CancellationToken cancellationToken)
    {
        if (await store.CommitAsync(TaskChange.New(task, user.Id), context.TraceIdentifier, cancellationToken) is not { } added)
            throw new InvalidOperationException($"Task id {task.Id} exists already.");
        // A new task cannot be in a graph.
        return Answer(added, role, TaskGraph.Empty);
    }

    /// <summary>Changes a task; what stays the same is not written.</summary>
    /// <param name="least">What the user must be.</param>
    /// <param name="change">Gives the task as it shall be, or as it is.</param>
    /// <param name="deleted">Whether a deleted task can be changed, too.</param>
    /// <param name="retried">Whether the change is made to whatever somebody else made of the task meanwhile.</param>
    /// <param name="withIt">Gives what is to be changed together with the task.</param>
    /// <exception cref="ApiException">404, 403, or 412 when somebody else was faster.</exception>
    public async Task<TaskView> ChangeAsync(string id, TaskRole least, Func<TaskItem, DateTimeOffset, TaskItem> change, CancellationToken cancellationToken, bool deleted = false, bool retried = false, Func<TaskChange, Task<IEnumerable<TaskChange>>>? withIt = null)
    {
        TaskItem? changed = null;
        var (role, graph) = (least, TaskGraph.Empty);
        await Contention.RetryAsync(async () =>
        {
            (var task, var etag, role, graph) = await store.GetWithGraphAsync(id, user.Id, least, cancellationToken, deleted);
            context.Request.RequireMatch(task.Revision());
            var wanted = new TaskChange(task, etag, change(task, time.GetUtcNow()), user.Id);
            changed = !wanted.IsAny ? task : (await store.CommitAsync([wanted, .. withIt is null ? [] : await withIt(wanted)], context.TraceIdentifier, cancellationToken, new OwnedGraph(task.UserId, graph)))?[0];
            return changed is not null || (retried ? false : throw ApiException.PreconditionFailed());
        }, cancellationToken);
        return Answer(changed!, role, graph);
    }

    private TaskView Answer(TaskItem task, TaskRole role, TaskGraph graph)
    {
        context.Response.SetETag(task.Revision());
        return TaskViews.Of(task, role, graph);
    }
}
