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

/// <summary>A task as the store keeps it. A deleted one stays for a while, so that deleting can be undone.</summary>
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
    DateTimeOffset? DeletedAt)
{
    /// <summary>The task with what the user wants it to be; entering and leaving <see cref="TaskState.Done"/> sets and clears its completion.</summary>
    public TaskItem With(TaskRequest request, DateTimeOffset now)
    {
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
        };
    }

    public TaskItem Completed(DateTimeOffset now) => this with { Status = TaskState.Done, CompletedAt = now, UpdatedAt = now };
}
