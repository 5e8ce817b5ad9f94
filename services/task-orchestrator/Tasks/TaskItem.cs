using System.Globalization;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.TaskOrchestrator.Recurrence;

namespace Deepiri.TaskOrchestrator.Tasks;

internal enum TaskState
{
    Todo,
    InProgress,
    Done,
}

internal enum TaskPriority
{
    Low,
    Medium,
    High,
    Urgent,
}

/// <summary>What a user may do with a task; each role may do what those before it may.</summary>
internal enum TaskRole
{
    /// <summary>See it, and what it was.</summary>
    Viewer,

    /// <summary>Change and complete it.</summary>
    Editor,

    /// <summary>Delete and share it.</summary>
    Owner,
}

/// <summary>A task as the store keeps it. A deleted one stays for a while, so that deleting can be undone.</summary>
/// <param name="Version">Counts its changes, from 1.</param>
/// <param name="ChangedBy">Who made this version; null for its owner.</param>
/// <param name="Shares">With whom else it is shared, by user.</param>
/// <param name="Recurrence">How it comes again, if it does.</param>
/// <param name="ParentId">The task that it is a part of. A part has no parts.</param>
/// <param name="Reminders">How many minutes before it is due its owner is reminded.</param>
internal sealed record TaskItem(
    string Id,
    string UserId,
    string Title,
    string? Description,
    DateTimeOffset? Due,
    TaskPriority Priority,
    int? EstimateMinutes,
    IReadOnlyList<string> Tags,
    TaskState Status,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? CompletedAt,
    DateTimeOffset? DeletedAt,
    int Version = 1,
    string? ChangedBy = null,
    IReadOnlyDictionary<string, TaskRole>? Shares = null,
    TaskRecurrence? Recurrence = null,
    IReadOnlyList<int>? Reminders = null,
    string? ParentId = null)
{
    /// <summary>A task without anything yet.</summary>
    public static TaskItem New(string userId, DateTimeOffset now) =>
        new(Guid.CreateVersion7(now).ToString(), userId, "", null, null, TaskPriority.Medium, null, [], TaskState.Todo, now, now, null, null);

    /// <summary>The ETag that clients see: each change counts the version up, so no read is needed after a write to learn it.</summary>
    public string Revision() => Version.ToString(CultureInfo.InvariantCulture);

    /// <summary>What a user may do with it; null for nothing.</summary>
    public TaskRole? RoleOf(string userId) => userId == UserId ? TaskRole.Owner : Shares?.TryGetValue(userId, out var role) == true ? role : null;

    /// <summary>The task with what the user wants it to be; entering and leaving <see cref="TaskState.Done"/> sets and clears its completion.</summary>
    /// <exception cref="ApiException">400 when a subtask cannot be that.</exception>
    public TaskItem With(TaskRequest request, DateTimeOffset now)
    {
        if (request.ParentId is not null && request.ParentId != ParentId)
            throw ApiException.Validation("parentId", "A task stays with its parent.");
        if (request.Recurrence is not null && ParentId is not null)
            throw ApiException.Validation("recurrence", "A subtask recurs with its parent.");
        var status = request.Status ?? Status;
        return this with
        {
            Title = request.Title!.Trim(),
            Description = request.Description,
            Due = request.Due?.ToUniversalTime(),
            Priority = request.Priority ?? TaskPriority.Medium,
            EstimateMinutes = request.EstimateMinutes,
            Tags = [.. (request.Tags ?? []).Select(t => t.Trim()).Distinct(StringComparer.OrdinalIgnoreCase)],
            Status = status,
            UpdatedAt = now,
            CompletedAt = status == TaskState.Done ? CompletedAt ?? now : null,
            Recurrence = TaskRecurrence.Of(request.Recurrence, Recurrence, request.Due),
            Reminders = [.. (request.Reminders ?? []).Distinct().Order()],
        };
    }

    /// <summary>The task that comes after this one in its series.</summary>
    public TaskItem Occurring(string id, int number, DateTimeOffset due, DateTimeOffset now) =>
        Anew(id, due, now) with { Recurrence = Recurrence! with { Number = number, PreviousId = Id } };

    /// <summary>The subtask as it is of the next task in the series of its parent.</summary>
    public TaskItem OccurringWith(TaskItem parent, TimeSpan later, DateTimeOffset now) => Anew(TaskIds.Of(now, $"{parent.Id}:{Id}"), Due + later, now) with { ParentId = parent.Id };

    private TaskItem Anew(string id, DateTimeOffset? due, DateTimeOffset now) =>
        this with { Id = id, Due = due, Status = TaskState.Todo, CreatedAt = now, UpdatedAt = now, CompletedAt = null, DeletedAt = null, Version = 1 };

    public TaskItem Completed(DateTimeOffset now) => Status == TaskState.Done ? this : this with { Status = TaskState.Done, CompletedAt = now, UpdatedAt = now };

    public TaskItem Deleted(DateTimeOffset now) => this with { DeletedAt = now, UpdatedAt = now };

    public TaskItem Restored(DateTimeOffset now) => DeletedAt is null ? this : this with { DeletedAt = null, UpdatedAt = now };

    /// <summary>The task shared with a user in a role, or with null not any more.</summary>
    public TaskItem SharedWith(string userId, TaskRole? role, DateTimeOffset now)
    {
        if ((Shares?.TryGetValue(userId, out var known) == true ? known : (TaskRole?)null) == role)
            return this;
        var shares = new Dictionary<string, TaskRole>(Shares ?? new Dictionary<string, TaskRole>());
        shares.Remove(userId);
        if (role is { } given)
            shares.Add(userId, given);
        return this with { Shares = shares, UpdatedAt = now };
    }

    /// <summary>The task with what an earlier version of it said. With whom it is shared is not a matter of its content.</summary>
    public TaskItem RevertedTo(TaskItem earlier, DateTimeOffset now) => earlier with
    {
        UpdatedAt = now,
        CompletedAt = earlier.Status == TaskState.Done ? CompletedAt ?? now : null,
        DeletedAt = DeletedAt,
        Version = Version,
        Shares = Shares,
    };
}
