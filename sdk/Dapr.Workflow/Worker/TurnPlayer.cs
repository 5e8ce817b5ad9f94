using System.Text.Json;
using Dapr.DurableTask.Protobuf;
using Microsoft.Extensions.Logging;

namespace Dapr.Workflow.Worker;

/// <summary>Plays a turn of a workflow: its history, then what is new; what it asks for then is the answer.</summary>
internal sealed class TurnPlayer(Func<string, IWorkflow?> create, JsonSerializerOptions json, ILoggerFactory loggers)
{
    private readonly List<HistoryEvent> _held = [];
    private Task<object?>? _code;
    private WorkflowAction? _end;
    private bool _isSuspended;

    public WorkflowResponse Play(WorkflowRequest request)
    {
        var started = request.PastEvents.Concat(request.NewEvents).First(e => e.ExecutionStarted is not null).ExecutionStarted;
        var context = new TurnContext(started.Name, request.InstanceId, json, loggers);
        try
        {
            context.Replaying = true;
            foreach (var e in request.PastEvents)
                Take(context, e);
            context.Replaying = false;
            foreach (var e in request.NewEvents)
                Take(context, e);
        }
        catch (NonDeterministicWorkflowException e)
        {
            return Answer(request, context, [Ended(context, OrchestrationStatus.Failed, null, Failure(e, isNonRetriable: true))]);
        }
        if (_isSuspended && _end is null)
            return Answer(request, context, []);
        _end ??= End(context);
        return Answer(request, context, _end is null ? context.NewActions : [.. context.NewActions, _end]);
    }

    /// <summary>The answer when the turn cannot be played: the workflow fails.</summary>
    public static WorkflowResponse Failed(WorkflowRequest request, string token, Exception e) => new()
    {
        InstanceId = request.InstanceId,
        CompletionToken = token,
        Actions = { new WorkflowAction { Id = int.MaxValue, CompleteWorkflow = new CompleteWorkflowAction { WorkflowStatus = OrchestrationStatus.Failed, FailureDetails = Failure(e, isNonRetriable: true) } } },
    };

    private static WorkflowResponse Answer(WorkflowRequest request, TurnContext context, IEnumerable<WorkflowAction> actions)
    {
        var response = new WorkflowResponse { InstanceId = request.InstanceId, CustomStatus = context.CustomStatus };
        response.Actions.AddRange(actions);
        if (context.NewPatches.Count > 0)
            response.Version = new WorkflowVersion { Patches = { context.NewPatches } };
        return response;
    }

    private void Take(TurnContext context, HistoryEvent e)
    {
        // While it is paused, what comes waits; only its end and its going on do not.
        if (_isSuspended && e.EventTypeCase is not (HistoryEvent.EventTypeOneofCase.ExecutionResumed or HistoryEvent.EventTypeOneofCase.ExecutionTerminated or HistoryEvent.EventTypeOneofCase.WorkflowStarted))
        {
            _held.Add(e);
            return;
        }
        switch (e.EventTypeCase)
        {
            case HistoryEvent.EventTypeOneofCase.WorkflowStarted:
                context.Now = e.Timestamp.ToDateTime();
                context.Remember(e.WorkflowStarted.Version);
                break;
            case HistoryEvent.EventTypeOneofCase.ExecutionStarted:
                Start(context, e.ExecutionStarted);
                break;
            case HistoryEvent.EventTypeOneofCase.TaskScheduled:
                context.Confirm(e, "the activity", e.TaskScheduled.Name, a => a.ScheduleTask?.Name);
                break;
            case HistoryEvent.EventTypeOneofCase.TaskCompleted:
                context.Complete(e.TaskCompleted.TaskScheduledId, e.TaskCompleted.Result);
                break;
            case HistoryEvent.EventTypeOneofCase.TaskFailed:
                context.Fail(e.TaskFailed.TaskScheduledId, e.TaskFailed.FailureDetails);
                break;
            case HistoryEvent.EventTypeOneofCase.ChildWorkflowInstanceCreated:
                context.Confirm(e, "the child workflow", e.ChildWorkflowInstanceCreated.Name, a => a.CreateChildWorkflow?.Name);
                break;
            case HistoryEvent.EventTypeOneofCase.ChildWorkflowInstanceCompleted:
                context.Complete(e.ChildWorkflowInstanceCompleted.TaskScheduledId, e.ChildWorkflowInstanceCompleted.Result);
                break;
            case HistoryEvent.EventTypeOneofCase.ChildWorkflowInstanceFailed:
                context.Fail(e.ChildWorkflowInstanceFailed.TaskScheduledId, e.ChildWorkflowInstanceFailed.FailureDetails);
                break;
            case HistoryEvent.EventTypeOneofCase.TimerCreated:
                context.Confirm(e, "a", "timer", a => a.CreateTimer is null ? null : "timer");
                break;
            case HistoryEvent.EventTypeOneofCase.TimerFired:
                context.Complete(e.TimerFired.TimerId, null);
                break;
            case HistoryEvent.EventTypeOneofCase.EventSent:
                context.Confirm(e, "the sending of", e.EventSent.Name, a => a.SendEvent?.Name);
                break;
            case HistoryEvent.EventTypeOneofCase.EventRaised:
                context.Raise(e);
                break;
            case HistoryEvent.EventTypeOneofCase.ExecutionSuspended:
                _isSuspended = true;
                break;
            case HistoryEvent.EventTypeOneofCase.ExecutionResumed:
                Resume(context);
                break;
            case HistoryEvent.EventTypeOneofCase.ExecutionTerminated:
                _end = Ended(context, OrchestrationStatus.Terminated, e.ExecutionTerminated.Input, null);
                break;
        }
    }

    private void Start(TurnContext context, ExecutionStartedEvent started)
    {
        try
        {
            var workflow = create(started.Name) ?? throw new InvalidOperationException($"No workflow '{started.Name}' is registered in this app.");
            var input = string.IsNullOrEmpty(started.Input) ? null : JsonSerializer.Deserialize(started.Input, workflow.InputType, json);
            if (input is null && workflow.InputType.IsValueType)
                input = Activator.CreateInstance(workflow.InputType);
            _code = workflow.RunAsync(context, input);
        }
        catch (Exception e)
        {
            _code = Task.FromException<object?>(e);
        }
    }

    private void Resume(TurnContext context)
    {
        _isSuspended = false;
        HistoryEvent[] held = [.. _held];
        _held.Clear();
        foreach (var e in held)
            Take(context, e);
    }

    /// <summary>How the code has ended; null while it waits for something.</summary>
    private WorkflowAction? End(TurnContext context)
    {
        if (_code is not { IsCompleted: true } code)
            return null;
        if (code.IsFaulted || code.IsCanceled)
        {
            var error = code.Exception?.InnerException ?? new TaskCanceledException(code);
            return Ended(context, OrchestrationStatus.Failed, null, Failure(error, isNonRetriable: false));
        }
        if (context.Again is not var (input, keepsEvents))
            return Ended(context, OrchestrationStatus.Completed, context.Write(code.GetAwaiter().GetResult()), null);
        var again = Ended(context, OrchestrationStatus.ContinuedAsNew, input, null);
        if (keepsEvents)
            again.CompleteWorkflow.CarryoverEvents.AddRange(context.Unclaimed);
        return again;
    }

    private static WorkflowAction Ended(TurnContext context, OrchestrationStatus status, string? result, TaskFailureDetails? failure) =>
        new() { Id = context.NextId(), CompleteWorkflow = new CompleteWorkflowAction { WorkflowStatus = status, Result = result, FailureDetails = failure } };

    internal static TaskFailureDetails Failure(Exception e, bool isNonRetriable) => new()
    {
        ErrorType = e.GetType().FullName ?? e.GetType().Name,
        ErrorMessage = e.Message,
        StackTrace = e.StackTrace,
        IsNonRetriable = isNonRetriable,
        InnerFailure = e.InnerException is { } inner ? Failure(inner, isNonRetriable) : null,
    };
}
