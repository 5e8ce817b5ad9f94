using System.Runtime.CompilerServices;
using Dapr;
using Dapr.Client;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Http;
using Deepiri.ServiceDefaults.State;
using Deepiri.TaskOrchestrator.Dependencies;
using Deepiri.TaskOrchestrator.Versions;

namespace Deepiri.TaskOrchestrator.Tasks;

/// <summary>Tasks by id, and each user's tasks in order of creation.</summary>
internal sealed partial class TaskStore(DaprClient dapr, StateTransactions transactions, GraphStore graphs, ILogger<TaskStore> log)
{
    /// <summary>With the outbox to <see cref="Topics.Tasks"/>.</summary>
    public const string Store = "taskstore";

    /// <summary>How long a deleted task can be restored.</summary>
    public static readonly TimeSpan KeepDeleted = TimeSpan.FromDays(30);

    private readonly OrderedIndex _owned = new(dapr, "statestore", "tasks");
    private readonly OrderedIndex _subtasks = new(dapr, "statestore", "subtasks");
    private readonly OrderedIndex _shared = new(dapr, "statestore", "shared-tasks");

    /// <summary>
    /// Commits changes, all or none, keeps the versions that they replace, and publishes what happened. Null when somebody else
    /// changed one of the tasks meanwhile.
    /// </summary>
    /// <param name="graph">The graph of one of the owners, if the caller has read it.</param>
    public async Task<IReadOnlyList<TaskItem>?> CommitAsync(IReadOnlyList<TaskChange> changes, string? requestId, CancellationToken cancellationToken, OwnedGraph? graph = null)
    {
        // First: an id without a task does no harm; the reverse would be a loss.
        await RegisterAsync(changes, cancellationToken);
        var transaction = new StateTransaction(Store, Topics.Tasks);
        foreach (var change in changes)
        {
            if (change.Before is { } replaced)
                VersionStore.Keep(replaced, transaction);
            transaction.Save(Key(change.After.Id), change.Saved, change.ETag, change.EventType, Event(change.Saved, requestId), change.After.DeletedAt is not null ? KeepDeleted : change.IsRestored ? StateTransaction.Forever : null);
        }
        if (!await transactions.TryCommitAsync(transaction, cancellationToken))
            return null;
        var saved = changes.Select(c => c.Saved).ToList();
        try
        {
            await graphs.FollowAsync(saved, cancellationToken, graph);
        }
        catch (Exception e) when (e is DaprException or ApiException or System.Text.Json.JsonException)
        {
            // It is committed; the event of it brings the graph up to date.
            GraphBehind(log, e);
        }
        return saved;
    }

    /// <summary>Commits one change.</summary>
    public async Task<TaskItem?> CommitAsync(TaskChange change, string? requestId, CancellationToken cancellationToken) =>
        (await CommitAsync([change], requestId, cancellationToken))?[0];

    /// <summary>A task with its ETag, whoever's it is, deleted or not; null when there is none.</summary>
    public async Task<(TaskItem Task, string ETag)?> FindAsync(string id, CancellationToken cancellationToken)
    {
        // Only ids that we make can be keys; anything else cannot exist.
        if (!Guid.TryParseExact(id, "D", out _))
            return null;
        var (task, etag) = await dapr.GetStateAndETagAsync<TaskItem?>(Store, Key(id), cancellationToken: cancellationToken);
        return task is not null ? (task, etag) : null;
    }

    /// <summary>A task as <see cref="FindAsync(string, CancellationToken)"/> finds it and the graph of a user, with one read.</summary>
    public async Task<(TaskItem Task, string ETag, TaskGraph Graph)?> FindWithGraphAsync(string id, string userId, CancellationToken cancellationToken)
    {
        if (!Guid.TryParseExact(id, "D", out _))
            return null;
        var ((task, etag), (graph, _)) = await dapr.GetTwoAsync<TaskItem, TaskGraph>(Store, Key(id), GraphStore.Key(userId), cancellationToken);
        return task is not null ? (task, etag, graph ?? TaskGraph.Empty) : null;
    }

    /// <summary>A task that is there, for a user who may do what they want with it.</summary>
    /// <exception cref="ApiException">404 when there is none that the user may see; 403 when they may see it only.</exception>
    public async Task<(TaskItem Task, string ETag, TaskRole Role)> GetAsync(string id, string userId, TaskRole least, CancellationToken cancellationToken, bool deleted = false)
    {
        var found = await FindAsync(id, cancellationToken);
        return (found?.Task!, found?.ETag!, await RequireAsync(id, found?.Task, userId, least, deleted, cancellationToken));
    }

    /// <summary>The same, with the graph of its owner.</summary>
    /// <exception cref="ApiException">404 when there is none that the user may see; 403 when they may see it only.</exception>
    public async Task<(TaskItem Task, string ETag, TaskRole Role, TaskGraph Graph)> GetWithGraphAsync(string id, string userId, TaskRole least, CancellationToken cancellationToken, bool deleted = false)
    {
        var found = await FindWithGraphAsync(id, userId, cancellationToken);
        var role = await RequireAsync(id, found?.Task, userId, least, deleted, cancellationToken);
        var (task, etag, graph) = found!.Value;
        return (task, etag, role, task.UserId == userId ? graph : await graphs.OfAsync(task.UserId, cancellationToken));
    }

    /// <summary>What a user is of a task that was found.</summary>
    private async Task<TaskRole> RequireAsync(string id, TaskItem? task, string userId, TaskRole least, bool deleted, CancellationToken cancellationToken)
    {
        if (task is null || (task.DeletedAt is not null && !deleted) || await RoleAsync(task, userId, cancellationToken) is not { } role)
            throw ApiException.NotFound("task", id);
        return role >= least ? role : throw new ApiException(StatusCodes.Status403Forbidden, "FORBIDDEN", $"You are {Words<TaskRole>.Of(role)} of this task; this needs its {Words<TaskRole>.Of(least)}.");
    }

    /// <summary>What a user may do with a task: what is shared with them, is shared with its subtasks.</summary>
    private async Task<TaskRole?> RoleAsync(TaskItem task, string userId, CancellationToken cancellationToken)
    {
        var own = task.RoleOf(userId);
        if (own == TaskRole.Owner || task.ParentId is null || await FindAsync(task.ParentId, cancellationToken) is not ({ } parent, _))
            return own;
        return parent.RoleOf(userId) is { } role && !(role < own) ? role : own;
    }

    /// <summary>Those tasks of some ids that a user may see.</summary>
    public async Task<IReadOnlyList<TaskItem>> VisibleAsync(IReadOnlyList<string> ids, string userId, CancellationToken cancellationToken)
    {
        var found = (await FindAsync(ids, cancellationToken)).Select(f => f.Task).ToList();
        var parents = (await FindAsync([.. found.Where(t => t.RoleOf(userId) is null).Select(t => t.ParentId).OfType<string>()], cancellationToken)).Where(f => f.Task.RoleOf(userId) is not null).Select(f => f.Task.Id).ToHashSet(StringComparer.Ordinal);
        return [.. found.Where(t => t.RoleOf(userId) is not null || (t.ParentId is not null && parents.Contains(t.ParentId)))];
    }

    /// <summary>The subtasks of a task with their ETags, deleted ones included, the oldest first.</summary>
    public async Task<IReadOnlyList<(TaskItem Task, string ETag)>> SubtasksAsync(string parentId, CancellationToken cancellationToken)
    {
        var subtasks = new List<(TaskItem Task, string ETag)>();
        await foreach (var batch in _subtasks.NewestFirstAsync(parentId, null, cancellationToken))
            subtasks.AddRange(await FindAsync(batch, cancellationToken));
        return [.. subtasks.OrderBy(s => s.Task.Id, StringComparer.Ordinal)];
    }

    /// <summary>All own tasks of a user, the newest first, in batches.</summary>
    public IAsyncEnumerable<IReadOnlyList<TaskItem>> AllAsync(string userId, CancellationToken cancellationToken) => BatchesAsync(_owned, userId, null, cancellationToken);

    private async IAsyncEnumerable<IReadOnlyList<TaskItem>> BatchesAsync(OrderedIndex index, string userId, string? cursor, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var batch in index.NewestFirstAsync(userId, cursor, cancellationToken))
            yield return [.. (await FindAsync(batch, cancellationToken)).Select(f => f.Task).Where(t => t.DeletedAt is null).OrderByDescending(t => t.Id, StringComparer.Ordinal)];
    }

    /// <summary>Those tasks of some ids that exist, deleted ones included, in no order.</summary>
    public async Task<IReadOnlyList<(TaskItem Task, string ETag)>> FindAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        string[] keys = [.. ids.Where(id => Guid.TryParseExact(id, "D", out _)).Distinct(StringComparer.Ordinal).Select(Key)];
        if (keys.Length == 0)
            return [];
        var items = await dapr.GetBulkStateAsync<TaskItem?>(Store, keys, parallelism: null, cancellationToken: cancellationToken);
        return [.. items.Where(i => i.Value is not null).Select(i => (i.Value!, i.ETag))];
    }

    /// <summary>A user's own tasks that meet a filter, the newest first.</summary>
    public Task<Page<TaskItem>> OwnedAsync(string userId, Func<TaskItem, bool> filter, int limit, string? cursor, CancellationToken cancellationToken) =>
        PageAsync(_owned, userId, filter, limit, cursor, cancellationToken);

    /// <summary>Tasks that others share with a user and that meet a filter, the newest first. The index knows those that are shared no longer, too.</summary>
    public Task<Page<TaskItem>> SharedAsync(string userId, Func<TaskItem, bool> filter, int limit, string? cursor, CancellationToken cancellationToken) =>
        PageAsync(_shared, userId, t => t.RoleOf(userId) is not null && filter(t), limit, cursor, cancellationToken);

    private async Task RegisterAsync(IReadOnlyList<TaskChange> changes, CancellationToken cancellationToken)
    {
        var added = changes.Where(c => c.Before is null).Select(c => c.After).ToList();
        foreach (var owned in added.GroupBy(t => t.UserId))
            await _owned.AddAsync(owned.Key, [.. owned.Select(t => t.Id)], cancellationToken);
        foreach (var subtasks in added.Where(t => t.ParentId is not null).GroupBy(t => t.ParentId!))
            await _subtasks.AddAsync(subtasks.Key, [.. subtasks.Select(t => t.Id)], cancellationToken);
        foreach (var shared in changes.SelectMany(c => (c.After.Shares?.Keys ?? []).Except(c.Before?.Shares?.Keys ?? []).Select(user => (User: user, c.After.Id))).GroupBy(s => s.User))
            await _shared.AddAsync(shared.Key, [.. shared.Select(s => s.Id)], cancellationToken);
    }

    private async Task<Page<TaskItem>> PageAsync(OrderedIndex index, string userId, Func<TaskItem, bool> filter, int limit, string? cursor, CancellationToken cancellationToken)
    {
        var tasks = new List<TaskItem>();
        await foreach (var batch in BatchesAsync(index, userId, cursor, cancellationToken))
        {
            tasks.AddRange(batch.Where(filter));
            if (tasks.Count > limit)
                break;
        }
        return tasks.Count > limit ? new Page<TaskItem>(tasks[..limit], tasks[limit - 1].Id) : new Page<TaskItem>(tasks, null);
    }

    private static TaskChanged Event(TaskItem task, string? requestId) =>
        new(task.Id, task.UserId, task.Title, Words<TaskState>.Of(task.Status), Words<TaskPriority>.Of(task.Priority), task.EstimateMinutes, task.UpdatedAt, requestId, task.Version, task.Due);

    private static string Key(string id) => $"task:{id}";

    [LoggerMessage(Level = LogLevel.Warning, Message = "The graph of dependencies will follow a change later")]
    private static partial void GraphBehind(ILogger log, Exception e);
}
