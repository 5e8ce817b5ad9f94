using System.Text.Json;

namespace Dapr.Workflow;

/// <summary>Where an instance stands.</summary>
public enum WorkflowRuntimeStatus
{
    /// <summary>It is not known.</summary>
    Unknown = -1,

    /// <summary>It runs.</summary>
    Running = 0,

    /// <summary>It has ended with a result.</summary>
    Completed = 1,

    /// <summary>It begins anew.</summary>
    ContinuedAsNew = 2,

    /// <summary>It has failed.</summary>
    Failed = 3,

    /// <summary>It was cancelled.</summary>
    Canceled = 4,

    /// <summary>It was terminated.</summary>
    Terminated = 5,

    /// <summary>It has not begun.</summary>
    Pending = 6,

    /// <summary>It is paused.</summary>
    Suspended = 7,

    /// <summary>It cannot go on.</summary>
    Stalled = 8,
}

/// <summary>What a client sees of an instance.</summary>
public sealed class WorkflowState
{
    private readonly Dapr.DurableTask.Protobuf.WorkflowState? _state;
    private readonly JsonSerializerOptions _json;

    internal WorkflowState(Dapr.DurableTask.Protobuf.WorkflowState? state, JsonSerializerOptions json) => (_state, _json) = (state, json);

    /// <summary>The workflow's name.</summary>
    public string? WorkflowName => _state?.Name;

    /// <summary>Whether there is such an instance.</summary>
    public bool Exists => _state is not null;

    /// <summary>Whether it runs.</summary>
    public bool IsWorkflowRunning => RuntimeStatus == WorkflowRuntimeStatus.Running;

    /// <summary>Whether it has ended, in whatever way.</summary>
    public bool IsWorkflowCompleted => RuntimeStatus is WorkflowRuntimeStatus.Completed or WorkflowRuntimeStatus.Failed or WorkflowRuntimeStatus.Terminated or WorkflowRuntimeStatus.Canceled;

    /// <summary>When it was started.</summary>
    public DateTimeOffset CreatedAt => _state?.CreatedTimestamp?.ToDateTimeOffset() ?? default;

    /// <summary>When something last happened.</summary>
    public DateTimeOffset LastUpdatedAt => _state?.LastUpdatedTimestamp?.ToDateTimeOffset() ?? default;

    /// <summary>Where it stands.</summary>
    public WorkflowRuntimeStatus RuntimeStatus => _state is null ? WorkflowRuntimeStatus.Unknown : (WorkflowRuntimeStatus)(int)_state.WorkflowStatus;

    /// <summary>How it failed; null when it has not.</summary>
    public WorkflowTaskFailureDetails? FailureDetails => _state?.FailureDetails is { } failure ? new(failure.ErrorType, failure.ErrorMessage, failure.StackTrace) : null;

    /// <summary>Its input.</summary>
    public T? ReadInputAs<T>() => Read<T>(_state?.Input);

    /// <summary>Its result.</summary>
    public T? ReadOutputAs<T>() => Read<T>(_state?.Output);

    /// <summary>What it has set as its custom status.</summary>
    public T? ReadCustomStatusAs<T>() => Read<T>(_state?.CustomStatus);

    private T? Read<T>(string? json) => string.IsNullOrEmpty(json) ? default : JsonSerializer.Deserialize<T>(json, _json);
}
