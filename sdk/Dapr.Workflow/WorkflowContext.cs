using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Dapr.Workflow;

/// <summary>What a workflow may do. All of it is the same when its code is played again.</summary>
public abstract class WorkflowContext : IWorkflowContext
{
    /// <summary>The workflow's name.</summary>
    public abstract string Name { get; }

    /// <summary>This instance.</summary>
    public abstract string InstanceId { get; }

    /// <summary>The time of the running turn, in UTC.</summary>
    public abstract DateTime CurrentUtcDateTime { get; }

    /// <summary>True while what has happened is played again.</summary>
    public abstract bool IsReplaying { get; }

    /// <summary>Whether a change of the code applies to this instance: not when it has passed here before the change.</summary>
    public abstract bool IsPatched(string patchName);

    /// <summary>Runs an activity.</summary>
    /// <exception cref="WorkflowTaskFailedException">It failed, for the last time where it is retried.</exception>
    public virtual Task CallActivityAsync(string name, object? input = null, WorkflowTaskOptions? options = null) => CallActivityAsync<object?>(name, input, options);

    /// <summary>Runs an activity and returns its result.</summary>
    /// <inheritdoc cref="CallActivityAsync(string, object, WorkflowTaskOptions)"/>
    public abstract Task<T> CallActivityAsync<T>(string name, object? input = null, WorkflowTaskOptions? options = null);

    /// <summary>Waits; the wait survives restarts.</summary>
    public virtual Task CreateTimer(TimeSpan delay, CancellationToken cancellationToken = default) => CreateTimer(CurrentUtcDateTime + delay, cancellationToken);

    /// <summary>Waits until a time, in UTC.</summary>
    public abstract Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken);

    /// <summary>Waits for an event that somebody raises. One that came before is taken.</summary>
    public abstract Task<T> WaitForExternalEventAsync<T>(string eventName, CancellationToken cancellationToken = default);

    /// <summary>The same, but not for longer than a time.</summary>
    /// <exception cref="TaskCanceledException">The time has passed.</exception>
    public virtual async Task<T> WaitForExternalEventAsync<T>(string eventName, TimeSpan timeout)
    {
        using var cancel = new CancellationTokenSource();
        var raised = WaitForExternalEventAsync<T>(eventName, cancel.Token);
        var timer = CreateTimer(timeout, cancel.Token);
        if (await Task.WhenAny(raised, timer) == timer)
            cancel.Cancel();
        return await raised;
    }

    /// <summary>Raises an event of another instance.</summary>
    public abstract void SendEvent(string instanceId, string eventName, object payload);

    /// <summary>Sets what a client sees as the custom status.</summary>
    public abstract void SetCustomStatus(object? customStatus);

    /// <summary>Runs another workflow and returns its result.</summary>
    /// <exception cref="WorkflowTaskFailedException">It failed, for the last time where it is retried.</exception>
    public abstract Task<TResult> CallChildWorkflowAsync<TResult>(string workflowName, object? input = null, ChildWorkflowTaskOptions? options = null);

    /// <summary>Runs another workflow.</summary>
    /// <inheritdoc cref="CallChildWorkflowAsync{TResult}(string, object, ChildWorkflowTaskOptions)"/>
    public virtual Task CallChildWorkflowAsync(string workflowName, object? input = null, ChildWorkflowTaskOptions? options = null) => CallChildWorkflowAsync<object?>(workflowName, input, options);

    /// <summary>A logger that is silent while what has happened is played again.</summary>
    public virtual ILogger CreateReplaySafeLogger(string categoryName) => NullLogger.Instance;

    /// <summary>A logger that is silent while what has happened is played again.</summary>
    public virtual ILogger CreateReplaySafeLogger(Type type) => CreateReplaySafeLogger(type.FullName ?? type.Name);

    /// <summary>A logger that is silent while what has happened is played again.</summary>
    public virtual ILogger CreateReplaySafeLogger<T>() => CreateReplaySafeLogger(typeof(T));

    /// <summary>Begins the workflow anew, with an empty history, when its code returns.</summary>
    /// <param name="newInput">Its new input.</param>
    /// <param name="preserveUnprocessedEvents">Whether events that nobody has waited for yet are kept.</param>
    public abstract void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true);

    /// <summary>An id that is new, but the same each time.</summary>
    public abstract Guid NewGuid();
}

/// <summary>What is known of a running workflow.</summary>
public interface IWorkflowContext
{
    /// <summary>The workflow's name.</summary>
    string Name { get; }

    /// <summary>This instance.</summary>
    string InstanceId { get; }

    /// <summary>The time of the running turn, in UTC.</summary>
    DateTime CurrentUtcDateTime { get; }

    /// <summary>True while what has happened is played again.</summary>
    bool IsReplaying { get; }
}
