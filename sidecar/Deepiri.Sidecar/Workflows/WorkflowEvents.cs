using Deepiri.Grpc.DurableTask;
using Google.Protobuf.WellKnownTypes;

namespace Deepiri.Sidecar.Workflows;

/// <summary>Makes history events.</summary>
internal static class WorkflowEvents
{
    /// <summary>An event that no action of the workflow has the number of.</summary>
    public const int NoAction = -1;

    public static HistoryEvent New(DateTimeOffset now, Action<HistoryEvent> set, int id = NoAction)
    {
        var e = new HistoryEvent { EventId = id, Timestamp = Timestamp.FromDateTimeOffset(now) };
        set(e);
        return e;
    }

    public static HistoryEvent Terminated(DateTimeOffset now, string? output, bool recurse) =>
        New(now, e => e.ExecutionTerminated = new ExecutionTerminatedEvent { Input = output, Recurse = recurse });

    /// <summary>What an activity's answer becomes.</summary>
    public static HistoryEvent Of(ActivityResponse response, string executionId, DateTimeOffset now) => New(now, e =>
    {
        if (response.FailureDetails is { } failure)
            e.TaskFailed = new TaskFailedEvent { TaskScheduledId = response.TaskId, FailureDetails = failure, TaskExecutionId = executionId };
        else
            e.TaskCompleted = new TaskCompletedEvent { TaskScheduledId = response.TaskId, Result = response.Result, TaskExecutionId = executionId };
    });

    /// <summary>The number of the action that an event is the result of; null for one that is none's.</summary>
    public static int? ResultOf(HistoryEvent e) => e.EventTypeCase switch
    {
        HistoryEvent.EventTypeOneofCase.TaskCompleted => e.TaskCompleted.TaskScheduledId,
        HistoryEvent.EventTypeOneofCase.TaskFailed => e.TaskFailed.TaskScheduledId,
        HistoryEvent.EventTypeOneofCase.ChildWorkflowInstanceCompleted => e.ChildWorkflowInstanceCompleted.TaskScheduledId,
        HistoryEvent.EventTypeOneofCase.ChildWorkflowInstanceFailed => e.ChildWorkflowInstanceFailed.TaskScheduledId,
        HistoryEvent.EventTypeOneofCase.TimerFired => e.TimerFired.TimerId,
        _ => null,
    };

    /// <summary>True for an event that stands for something still to happen: a task, a timer, a child.</summary>
    public static bool IsOpening(HistoryEvent e) => e.EventTypeCase is HistoryEvent.EventTypeOneofCase.TaskScheduled
        or HistoryEvent.EventTypeOneofCase.TimerCreated or HistoryEvent.EventTypeOneofCase.ChildWorkflowInstanceCreated;
}
