using Dapr.Client;
using Deepiri.ServiceDefaults.State;
using Deepiri.TaskOrchestrator.Tasks;

namespace Deepiri.TaskOrchestrator.Recurrence;

/// <summary>Makes the next task of a series, once, whoever asks for it and however often.</summary>
internal sealed class SeriesStore(DaprClient dapr, TaskStore tasks, TimeProvider time)
{
    /// <summary>Without an outbox: nobody is told of series.</summary>
    private const string Store = "statestore";

    /// <summary>A series that nobody works at waits when so many of its tasks in a row are open.</summary>
    private const int MostOpen = 10;

    /// <summary>Makes the task that comes after one that was completed, was deleted, or whose time has come. Occurrences that are over are left out.</summary>
    public async Task AdvanceAsync(TaskItem task, string? requestId, CancellationToken cancellationToken)
    {
        if (task.Recurrence is not { } recurrence || (IsOpen(task) && await IsNeglectedAsync(task, cancellationToken)))
            return;
        Made? made = null;
        // Which occurrence is next depends on the time, and so do ids: the first who asks decides for all.
        await Contention.RetryAsync(async () =>
        {
            var (found, etag) = await dapr.GetStateAndETagAsync<Made?>(Store, Key(recurrence.SeriesId), cancellationToken: cancellationToken);
            made = found;
            if (found is { IsEnded: true } || found?.Number > recurrence.Number)
                return true;
            var now = time.GetUtcNow();
            made = recurrence.After(recurrence.Number).Where(o => o.Due > now).Select(o => new Made(o.Number, Guid.CreateVersion7(now).ToString(), o.Due, recurrence.Number, now, false)).FirstOrDefault();
            return made is null || await dapr.TrySaveAsync(Store, Key(recurrence.SeriesId), made, etag, cancellationToken: cancellationToken);
        }, cancellationToken);
        // The one who decided may not have got as far as this.
        if (made is { IsEnded: false } && made.After == recurrence.Number)
            await AddAsync(task, task.Occurring(made.TaskId, made.Number, made.Due, made.At), requestId, cancellationToken);
    }

    /// <summary>Adds a task and its subtasks, all or none, unless it is there already. Subtasks that were deleted before the task do not come again.</summary>
    private async Task AddAsync(TaskItem task, TaskItem next, string? requestId, CancellationToken cancellationToken)
    {
        if (await tasks.FindAsync(next.Id, cancellationToken) is not null)
            return;
        var subtasks = (await tasks.SubtasksAsync(task.Id, cancellationToken)).Where(s => s.Task.DeletedAt == task.DeletedAt).Select(s => s.Task.OccurringWith(next, next.Due!.Value - task.Due!.Value, next.CreatedAt));
        await tasks.CommitAsync([.. subtasks.Prepend(next).Select(t => TaskChange.New(t, task.UserId))], requestId, cancellationToken);
    }

    /// <summary>Takes note of a task of a series that was made elsewhere, so that it is not made again.</summary>
    public Task KnowAsync(TaskItem task, CancellationToken cancellationToken) => Contention.RetryAsync(async () =>
    {
        var recurrence = task.Recurrence!;
        var (found, etag) = await dapr.GetStateAndETagAsync<Made?>(Store, Key(recurrence.SeriesId), cancellationToken: cancellationToken);
        return found?.Number >= recurrence.Number || await dapr.TrySaveAsync(Store, Key(recurrence.SeriesId), new Made(recurrence.Number, task.Id, task.Due!.Value, recurrence.Number - 1, time.GetUtcNow(), false), etag, cancellationToken: cancellationToken);
    }, cancellationToken);

    /// <summary>Lets a series end with a task that is deleted, when that is wanted, and go on with one that is restored.</summary>
    public Task FollowAsync(TaskChange change, bool ends, CancellationToken cancellationToken) =>
        change.After.Recurrence is { } recurrence && (ends || change.IsRestored) ? EndAsync(recurrence, ends, cancellationToken) : Task.CompletedTask;

    private Task EndAsync(TaskRecurrence recurrence, bool isEnded, CancellationToken cancellationToken) => Contention.RetryAsync(async () =>
    {
        var (found, etag) = await dapr.GetStateAndETagAsync<Made?>(Store, Key(recurrence.SeriesId), cancellationToken: cancellationToken);
        return (found?.IsEnded ?? false) == isEnded || await dapr.TrySaveAsync(Store, Key(recurrence.SeriesId), (found ?? new Made(recurrence.Number, "", default, 0, default, false)) with { IsEnded = isEnded }, etag, cancellationToken: cancellationToken);
    }, cancellationToken);

    private async Task<bool> IsNeglectedAsync(TaskItem task, CancellationToken cancellationToken)
    {
        var at = task;
        for (var open = 1; open < MostOpen; open++)
        {
            if (at.Recurrence?.PreviousId is not { } previous || await tasks.FindAsync(previous, cancellationToken) is not ({ } before, _) || !IsOpen(before))
                return false;
            at = before;
        }
        return true;
    }

    private static bool IsOpen(TaskItem task) => task is { Status: not TaskState.Done, DeletedAt: null };

    private static string Key(string seriesId) => $"task-series:{seriesId}";

    /// <summary>The newest task of a series.</summary>
    /// <param name="After">The number of the task that it was made after.</param>
    /// <param name="At">When that was decided.</param>
    private sealed record Made(int Number, string TaskId, DateTimeOffset Due, int After, DateTimeOffset At, bool IsEnded);
}
