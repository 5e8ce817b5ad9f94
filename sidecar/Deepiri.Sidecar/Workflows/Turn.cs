using Deepiri.Grpc.DurableTask;

namespace Deepiri.Sidecar.Workflows;

/// <summary>
/// Applies what a workflow asked for in a turn to its record, by the rules of Dapr's engine (durabletask-go, runtimestate): each action
/// becomes an event of its number, and what others must be told goes to the outbox.
/// </summary>
internal static class Turn
{
    /// <summary>Moves the events seen into the history and applies the actions.</summary>
    /// <param name="instanceId">The instance.</param>
    /// <param name="appId">Its app.</param>
    /// <param name="record">Its record; the events seen are the first of its inbox.</param>
    /// <param name="seen">What the workflow was shown: the turn's beginning, and the events of the inbox.</param>
    /// <param name="response">What it asks for.</param>
    /// <param name="now">The time.</param>
    /// <returns>True when the workflow begins anew with an empty history.</returns>
    public static bool Apply(string instanceId, string appId, WorkflowRecord record, IReadOnlyList<HistoryEvent> seen, WorkflowResponse response, DateTimeOffset now)
    {
        record.Inbox.RemoveRange(0, seen.Count - 1);
        record.History.AddRange(seen);
        record.CustomStatus = response.CustomStatus ?? record.CustomStatus;
        // What the code decided by its version is what it must find at every replay.
        seen[0].WorkflowStarted.Version = response.Version;
        var terminated = seen.FirstOrDefault(e => e.ExecutionTerminated is not null)?.ExecutionTerminated;
        foreach (var action in response.Actions)
        {
            if (action.CompleteWorkflow is { WorkflowStatus: OrchestrationStatus.ContinuedAsNew } again && terminated is null)
            {
                BeginAnew(instanceId, record, again, now);
                return true;
            }
            Apply(instanceId, appId, record, action, terminated, now);
        }
        // Behind the actions: a child of this very turn is among them.
        if (terminated?.Recurse == true)
            record.Outbox.AddRange(OpenChildren(record).Select(child => new WorkflowMessage(child, WorkflowEvents.Terminated(now, terminated.Input, recurse: true))));
        return false;
    }

    private static IEnumerable<string> OpenChildren(WorkflowRecord record) =>
        record.Open.Where(e => e.ChildWorkflowInstanceCreated is not null).Select(e => e.ChildWorkflowInstanceCreated.InstanceId);

    private static void Apply(string instanceId, string appId, WorkflowRecord record, WorkflowAction action, ExecutionTerminatedEvent? terminated, DateTimeOffset now)
    {
        switch (action.WorkflowActionTypeCase)
        {
            case WorkflowAction.WorkflowActionTypeOneofCase.ScheduleTask:
                var task = action.ScheduleTask;
                Add(e => e.TaskScheduled = new TaskScheduledEvent { Name = task.Name, Version = task.Version, Input = task.Input, TaskExecutionId = task.TaskExecutionId });
                if (OtherApp(task.Router ?? action.Router, appId) is { } activityApp)
                    record.Inbox.Add(WorkflowEvents.New(now, e => e.TaskFailed = new TaskFailedEvent { TaskScheduledId = action.Id, FailureDetails = NotSupported($"activity '{task.Name}'", activityApp), TaskExecutionId = task.TaskExecutionId }));
                break;
            case WorkflowAction.WorkflowActionTypeOneofCase.CreateTimer:
                Add(e => e.TimerCreated = Timer(action.CreateTimer));
                break;
            case WorkflowAction.WorkflowActionTypeOneofCase.CreateChildWorkflow:
                CreateChild(instanceId, appId, record, action, now);
                break;
            case WorkflowAction.WorkflowActionTypeOneofCase.SendEvent:
                var send = action.SendEvent;
                Add(e => e.EventSent = new EventSentEvent { InstanceId = send.Instance?.InstanceId ?? "", Name = send.Name, Input = send.Data });
                record.Outbox.Add(new WorkflowMessage(send.Instance?.InstanceId ?? "", WorkflowEvents.New(now, e => e.EventRaised = new EventRaisedEvent { Name = send.Name, Input = send.Data })));
                break;
            case WorkflowAction.WorkflowActionTypeOneofCase.TerminateWorkflow:
                var terminate = action.TerminateWorkflow;
                record.Outbox.Add(new WorkflowMessage(terminate.InstanceId, WorkflowEvents.Terminated(now, terminate.Reason, terminate.Recurse)));
                break;
            case WorkflowAction.WorkflowActionTypeOneofCase.CompleteWorkflow:
                Complete(record, action, terminated, now);
                break;
            default:
                throw new InvalidDataException($"the worker answered with an action ({action.Id}) of a kind that the embedded sidecar does not know");
        }

        void Add(Action<HistoryEvent> set) => record.History.Add(WorkflowEvents.New(now, set, action.Id));
    }

    /// <summary>The app that an action is addressed to when it is not the workflow's own.</summary>
    private static string? OtherApp(TaskRouter? router, string appId) =>
        router is { HasTargetAppID: true, TargetAppID: { Length: > 0 } target } && target != appId ? target : null;

    private static TaskFailureDetails NotSupported(string what, string app) => new()
    {
        ErrorType = "NotSupported",
        ErrorMessage = $"The {what} is addressed to the app '{app}': the embedded sidecar does not run workflows across apps. Call the app by service invocation, or use Dapr.",
        IsNonRetriable = true,
    };

    private static TimerCreatedEvent Timer(CreateTimerAction action)
    {
        var timer = new TimerCreatedEvent { FireAt = action.FireAt };
        if (action.HasName)
            timer.Name = action.Name;
        switch (action.OriginCase)
        {
            case CreateTimerAction.OriginOneofCase.CreateTimer:
                timer.CreateTimer = action.CreateTimer;
                break;
            case CreateTimerAction.OriginOneofCase.ExternalEvent:
                timer.ExternalEvent = action.ExternalEvent;
                break;
            case CreateTimerAction.OriginOneofCase.ActivityRetry:
                timer.ActivityRetry = action.ActivityRetry;
                break;
            case CreateTimerAction.OriginOneofCase.ChildWorkflowRetry:
                timer.ChildWorkflowRetry = action.ChildWorkflowRetry;
                break;
        }
        return timer;
    }

    private static void CreateChild(string instanceId, string appId, WorkflowRecord record, WorkflowAction action, DateTimeOffset now)
    {
        var create = action.CreateChildWorkflow;
        // The same id when the turn is played again, so that a child is not created twice; another one when the workflow has begun anew.
        var execution = record.ExecutionId;
        var childId = create.InstanceId.Length > 0 ? create.InstanceId : $"{instanceId}:{execution[..Math.Min(8, execution.Length)]}:{action.Id:x4}";
        record.History.Add(WorkflowEvents.New(now, e => e.ChildWorkflowInstanceCreated = new ChildWorkflowInstanceCreatedEvent { InstanceId = childId, Name = create.Name, Version = create.Version, Input = create.Input }, action.Id));
        if (OtherApp(create.Router ?? action.Router, appId) is { } childApp)
        {
            record.Inbox.Add(WorkflowEvents.New(now, e => e.ChildWorkflowInstanceFailed = new ChildWorkflowInstanceFailedEvent { TaskScheduledId = action.Id, FailureDetails = NotSupported($"child workflow '{create.Name}'", childApp) }));
            return;
        }
        record.Outbox.Add(new WorkflowMessage(childId, WorkflowEvents.New(now, e => e.ExecutionStarted = new ExecutionStartedEvent
        {
            Name = create.Name,
            Version = create.Version,
            Input = create.Input,
            WorkflowInstance = new WorkflowInstance { InstanceId = childId, ExecutionId = Guid.NewGuid().ToString() },
            ParentInstance = new ParentInstanceInfo
            {
                TaskScheduledId = action.Id,
                Name = record.Start.ExecutionStarted.Name,
                WorkflowInstance = new WorkflowInstance { InstanceId = instanceId, ExecutionId = record.ExecutionId },
                AppID = appId,
            },
        })));
    }

    private static void Complete(WorkflowRecord record, WorkflowAction action, ExecutionTerminatedEvent? terminated, DateTimeOffset now)
    {
        var complete = action.CompleteWorkflow;
        // Terminated in the same batch wins over beginning anew.
        var status = complete.WorkflowStatus == OrchestrationStatus.ContinuedAsNew ? OrchestrationStatus.Terminated : complete.WorkflowStatus;
        var result = status == OrchestrationStatus.Terminated && terminated is not null ? terminated.Input : complete.Result;
        record.History.Add(WorkflowEvents.New(now, e => e.ExecutionCompleted = new ExecutionCompletedEvent { WorkflowStatus = status, Result = result, FailureDetails = complete.FailureDetails }, action.Id));
        if (record.Start.ExecutionStarted.ParentInstance is not { } parent)
            return;
        record.Outbox.Add(new WorkflowMessage(parent.WorkflowInstance.InstanceId, WorkflowEvents.New(now, e =>
        {
            if (status == OrchestrationStatus.Completed)
                e.ChildWorkflowInstanceCompleted = new ChildWorkflowInstanceCompletedEvent { TaskScheduledId = parent.TaskScheduledId, Result = complete.Result };
            else
                e.ChildWorkflowInstanceFailed = new ChildWorkflowInstanceFailedEvent { TaskScheduledId = parent.TaskScheduledId, FailureDetails = complete.FailureDetails ?? Ended(status) };
        }), parent.WorkflowInstance.ExecutionId));
    }

    private static TaskFailureDetails Ended(OrchestrationStatus status) => new() { ErrorType = status.ToString(), ErrorMessage = $"The child workflow ended as {status}." };

    private static void BeginAnew(string instanceId, WorkflowRecord record, CompleteWorkflowAction action, DateTimeOffset now)
    {
        var before = record.Start.ExecutionStarted;
        var start = before.Clone();
        start.Input = action.Result;
        start.WorkflowInstance = new WorkflowInstance { InstanceId = instanceId, ExecutionId = Guid.NewGuid().ToString() };
        // Results that come for the execution that has ended are nobody's.
        var arrived = record.Inbox.Where(e => WorkflowEvents.ResultOf(e) is null).ToList();
        record.History.Clear();
        record.Inbox.Clear();
        record.Inbox.Add(WorkflowEvents.New(now, e => e.ExecutionStarted = start));
        record.Inbox.AddRange(action.CarryoverEvents);
        record.Inbox.AddRange(arrived);
    }
}
