using Deepiri.Contracts;

namespace Deepiri.TaskOrchestrator.Tasks;

/// <summary>A change of one task that is to be committed.</summary>
/// <param name="Before">What it was; null for a new one.</param>
/// <param name="ETag">The ETag of what it was; empty for a new one.</param>
/// <param name="After">What it shall be.</param>
/// <param name="By">The user who changes it.</param>
internal sealed record TaskChange(TaskItem? Before, string ETag, TaskItem After, string By)
{
    public static TaskChange New(TaskItem task, string by) => new(null, "", task with { ChangedBy = by }, by);

    /// <summary>Whether anything is different.</summary>
    public bool IsAny => !ReferenceEquals(Before, After);

    /// <summary>Whether a deleted task comes back.</summary>
    public bool IsRestored => this is { Before.DeletedAt: not null, After.DeletedAt: null };

    /// <summary>What the change is told as.</summary>
    public string EventType => this switch
    {
        { Before: null } => EventTypes.TaskCreated,
        { Before.DeletedAt: null, After.DeletedAt: not null } => EventTypes.TaskDeleted,
        { Before.Status: not TaskState.Done, After.Status: TaskState.Done } => EventTypes.TaskCompleted,
        _ => EventTypes.TaskUpdated,
    };

    /// <summary>The task as it is saved.</summary>
    public TaskItem Saved => Before is null ? After : After with { Version = Before.Version + 1, ChangedBy = By };
}
