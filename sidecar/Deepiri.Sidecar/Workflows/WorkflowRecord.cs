using Deepiri.Grpc.DurableTask;

namespace Deepiri.Sidecar.Workflows;

/// <summary>An event on its way to another instance of the same app.</summary>
/// <param name="Target">The instance.</param>
/// <param name="Event">The event.</param>
/// <param name="ExecutionId">Of the target, when the event is a result that only this execution waits for.</param>
internal sealed record WorkflowMessage(string Target, HistoryEvent Event, string? ExecutionId = null);

/// <summary>All that is kept of a workflow instance.</summary>
internal sealed class WorkflowRecord
{
    /// <summary>What has happened, in order.</summary>
    public List<HistoryEvent> History { get; } = [];

    /// <summary>What has come and was not seen by the workflow yet, in order.</summary>
    public List<HistoryEvent> Inbox { get; } = [];

    /// <summary>What the last turn sends and has not been delivered yet.</summary>
    public List<WorkflowMessage> Outbox { get; } = [];

    public string? CustomStatus { get; set; }

    /// <summary>How the instance began; before its first turn that is still in the inbox.</summary>
    public HistoryEvent Start => History.Concat(Inbox).First(e => e.ExecutionStarted is not null);

    public string ExecutionId => Start.ExecutionStarted.WorkflowInstance?.ExecutionId ?? "";

    public HistoryEvent? Completion => History.LastOrDefault(e => e.ExecutionCompleted is not null);

    public bool IsCompleted => Completion is not null;

    public OrchestrationStatus Status
    {
        get
        {
            if (Completion is { } completed)
                return completed.ExecutionCompleted.WorkflowStatus;
            if (History.Count == 0)
                return OrchestrationStatus.Pending;
            var last = History.LastOrDefault(e => e.ExecutionSuspended is not null || e.ExecutionResumed is not null);
            return last?.ExecutionSuspended is not null ? OrchestrationStatus.Suspended : OrchestrationStatus.Running;
        }
    }

    /// <summary>Tasks, timers and children whose results have not come.</summary>
    public IEnumerable<HistoryEvent> Open
    {
        get
        {
            var done = History.Concat(Inbox).Select(WorkflowEvents.ResultOf).OfType<int>().ToHashSet();
            return History.Where(e => WorkflowEvents.IsOpening(e) && !done.Contains(e.EventId));
        }
    }

    /// <summary>True for a result that has come already, or that nothing of this execution waits for: of a task dispatched twice, or before the workflow began anew.</summary>
    public bool IsUnwanted(HistoryEvent e) => WorkflowEvents.ResultOf(e) is { } id && !Open.Any(o => o.EventId == id);

    /// <summary>What a client sees.</summary>
    public WorkflowState ToState(string instanceId, bool withData)
    {
        var start = Start.ExecutionStarted;
        var completed = Completion;
        var state = new WorkflowState
        {
            InstanceId = instanceId,
            Name = start.Name,
            Version = start.Version,
            WorkflowStatus = Status,
            ScheduledStartTimestamp = start.ScheduledStartTimestamp,
            CreatedTimestamp = Start.Timestamp,
            LastUpdatedTimestamp = (History.LastOrDefault() ?? Start).Timestamp,
            CompletedTimestamp = completed?.Timestamp,
            ExecutionId = ExecutionId,
            ParentInstanceId = start.ParentInstance?.WorkflowInstance?.InstanceId,
            FailureDetails = completed?.ExecutionCompleted.FailureDetails,
            CustomStatus = CustomStatus,
        };
        foreach (var (name, value) in start.Tags)
            state.Tags[name] = value;
        if (withData)
            (state.Input, state.Output) = (start.Input, completed?.ExecutionCompleted.Result);
        return state;
    }
}
