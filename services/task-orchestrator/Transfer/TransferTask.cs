using Deepiri.TaskOrchestrator.Recurrence;
using Deepiri.TaskOrchestrator.Tasks;
using NodaTime;

namespace Deepiri.TaskOrchestrator.Transfer;

/// <summary>A task outside of the platform.</summary>
/// <param name="Uid">By which the file names it: the task's id when it was exported here.</param>
/// <param name="Parent">The uid of the task that it is a part of.</param>
/// <param name="Series">What the tasks of a series have in common.</param>
/// <param name="DependsOn">The uids of the tasks that come before it.</param>
internal sealed record TransferTask(
    string? Uid,
    string? Title,
    string? Description,
    DateTimeOffset? Due,
    TaskPriority? Priority,
    int? EstimateMinutes,
    IReadOnlyList<string>? Tags,
    TaskState? Status,
    DateTimeOffset? CreatedAt,
    DateTimeOffset? CompletedAt,
    string? Parent,
    IReadOnlyList<string>? DependsOn,
    RecurrenceRequest? Recurrence,
    string? Series,
    IReadOnlyList<int>? Reminders)
{
    public static TransferTask Of(TaskItem t, IReadOnlyList<string> dependsOn) => new(t.Id, t.Title, t.Description, t.Due, t.Priority, t.EstimateMinutes, t.Tags, t.Status, t.CreatedAt, t.CompletedAt, t.ParentId, dependsOn,
        t.Recurrence is { } r ? new RecurrenceRequest(r.Rule, r.TimeZone, r.Start, r.Except) : null, t.Recurrence?.SeriesId, t.Reminders ?? []);

    public TaskRequest ToRequest() => new(Title, Description, Due, Priority, EstimateMinutes, Tags, Status, Recurrence: Recurrence, Reminders: Reminders);
}

/// <summary>A way to write tasks down.</summary>
internal interface ITaskFormat
{
    /// <summary>How many tasks a file has at most.</summary>
    public const int Most = 20_000;

    /// <summary>What is said of more.</summary>
    public static FormatException TooMany() => new($"At most {Most:N0} tasks at once.");

    string ContentType { get; }

    /// <summary>The ending of file names, without the dot.</summary>
    string Extension { get; }

    Task WriteAsync(Stream output, IAsyncEnumerable<TransferTask> tasks, CancellationToken cancellationToken);

    /// <summary>Reads tasks. One that cannot be read comes with what is wrong with it alone; one that was read without a part of it, with what that is.</summary>
    /// <param name="zone">Where times without a zone are meant.</param>
    /// <exception cref="FormatException">When the whole is not of this format; the message is for the user.</exception>
    Task<IReadOnlyList<(TransferTask? Task, string? Fault)>> ReadAsync(Stream input, DateTimeZone zone, CancellationToken cancellationToken);
}
