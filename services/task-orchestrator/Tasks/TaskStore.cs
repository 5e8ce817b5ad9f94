using Dapr.Client;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.Http;
using Deepiri.ServiceDefaults.State;

namespace Deepiri.TaskOrchestrator.Tasks;

/// <summary>Tasks by id, and each user's tasks in order of creation.</summary>
internal sealed class TaskStore(DaprClient dapr, StateTransactions transactions)
{
    /// <summary>With the outbox to <see cref="Topics.Tasks"/>.</summary>
    private const string Store = "taskstore";

    /// <summary>How long a deleted task can be restored.</summary>
    private static readonly TimeSpan s_keepDeleted = TimeSpan.FromDays(30);

    private readonly OrderedIndex _index = new(dapr, "statestore", "tasks");

    public async Task AddAsync(TaskItem task, string? requestId, CancellationToken cancellationToken)
    {
        await _index.AddAsync(task.UserId, task.Id, cancellationToken);
        if (!await SaveAsync(task, "", EventTypes.TaskCreated, requestId, cancellationToken))
            throw new InvalidOperationException($"Task id {task.Id} exists already.");
    }

    /// <summary>Saves a task and publishes what happened to it; false when somebody else changed it meanwhile.</summary>
    public Task<bool> SaveAsync(TaskItem task, string etag, string eventType, string? requestId, CancellationToken cancellationToken) =>
        transactions.TryCommitAsync(new StateTransaction(Store).Save(Key(task.Id), task, etag, eventType,
            new TaskChanged(task.Id, task.UserId, task.Title, Words<TaskState>.Of(task.Status), Words<TaskPriority>.Of(task.Priority), task.EstimateMinutes, task.UpdatedAt, requestId),
            task.DeletedAt is null ? null : s_keepDeleted), cancellationToken);

    /// <summary>A user's task with its ETag, deleted ones included; null when there is none or it is somebody else's.</summary>
    public async Task<(TaskItem Task, string ETag)?> FindAsync(string userId, string id, CancellationToken cancellationToken)
    {
        // Only ids that we make can be keys; anything else cannot exist.
        if (!Guid.TryParseExact(id, "D", out _))
            return null;
        var (task, etag) = await dapr.GetStateAndETagAsync<TaskItem?>(Store, Key(id), cancellationToken: cancellationToken);
        return task is not null && task.UserId == userId ? (task, etag) : null;
    }

    /// <summary>A user's tasks that meet a filter, the newest first.</summary>
    public async Task<Page<TaskItem>> ListAsync(string userId, Func<TaskItem, bool> filter, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var tasks = new List<TaskItem>();
        await foreach (var batch in _index.NewestFirstAsync(userId, cursor, cancellationToken))
        {
            var items = await dapr.GetBulkStateAsync<TaskItem?>(Store, [.. batch.Select(Key)], parallelism: null, cancellationToken: cancellationToken);
            tasks.AddRange(items.Select(i => i.Value).OfType<TaskItem>().Where(t => t.DeletedAt is null && filter(t)).OrderByDescending(t => t.Id, StringComparer.Ordinal));
            if (tasks.Count > limit)
                break;
        }
        return tasks.Count > limit ? new Page<TaskItem>(tasks[..limit], tasks[limit - 1].Id) : new Page<TaskItem>(tasks, null);
    }

    private static string Key(string id) => $"task:{id}";
}
