using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Dapr.DurableTask.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Logging;

namespace Dapr.Workflow.Worker;

/// <summary>
/// The context of one turn. What the workflow asks for gets a number, counted from its beginning; the events of the history say by that
/// number what was asked for before, and what came of it.
/// </summary>
internal sealed class TurnContext(string name, string instanceId, JsonSerializerOptions json, ILoggerFactory loggers) : WorkflowContext
{
    private readonly SortedDictionary<int, WorkflowAction> _asked = [];
    private readonly Dictionary<int, Pending> _open = [];
    private readonly Dictionary<string, Queue<Pending>> _waiting = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<HistoryEvent> _unclaimed = [];
    private readonly HashSet<string> _patches = new(StringComparer.Ordinal);
    private readonly HashSet<string> _newPatches = new(StringComparer.Ordinal);
    private int _next;
    private int _guids;

    public override string Name => name;

    public override string InstanceId => instanceId;

    public override DateTime CurrentUtcDateTime => Now;

    public override bool IsReplaying => Replaying;

    public DateTime Now { get; set; }

    public bool Replaying { get; set; }

    /// <summary>What was asked for in this turn and stands in no history yet.</summary>
    public IEnumerable<WorkflowAction> NewActions => _asked.Values;

    public string? CustomStatus { get; private set; }

    /// <summary>Set when the workflow is to begin anew.</summary>
    public (string? Input, bool KeepsEvents)? Again { get; private set; }

    public IReadOnlyCollection<string> NewPatches => _newPatches;

    /// <summary>Events that nobody has waited for.</summary>
    public IReadOnlyList<HistoryEvent> Unclaimed => _unclaimed;

    public int NextId() => _next++;

    public override bool IsPatched(string patchName)
    {
        if (_patches.Contains(patchName))
            return true;
        if (Replaying)
            return false;
        _patches.Add(patchName);
        _newPatches.Add(patchName);
        return true;
    }

    public override Task<T> CallActivityAsync<T>(string name, object? input = null, WorkflowTaskOptions? options = null)
    {
        // One key for all attempts of a call.
        var key = NewGuid().ToString();
        return WithRetriesAsync(options?.RetryPolicy, () => AskAsync<T>(a => a.ScheduleTask = new ScheduleTaskAction { Name = name, Input = Write(input), TaskExecutionId = key }));
    }

    public override Task<TResult> CallChildWorkflowAsync<TResult>(string workflowName, object? input = null, ChildWorkflowTaskOptions? options = null) =>
        WithRetriesAsync(options?.RetryPolicy, () => AskAsync<TResult>(a => a.CreateChildWorkflow = new CreateChildWorkflowAction { Name = workflowName, InstanceId = options?.InstanceId ?? "", Input = Write(input) }));

    public override Task CreateTimer(DateTime fireAt, CancellationToken cancellationToken) =>
        Cancellable(AskAsync<object?>(a => a.CreateTimer = new CreateTimerAction { FireAt = Timestamp.FromDateTime(DateTime.SpecifyKind(fireAt, DateTimeKind.Utc)), CreateTimer = new TimerOriginCreateTimer() }), cancellationToken);

    public override Task<T> WaitForExternalEventAsync<T>(string eventName, CancellationToken cancellationToken = default)
    {
        var waiter = new Pending<T>(json);
        if (_unclaimed.Find(e => e.EventRaised.Name.Equals(eventName, StringComparison.OrdinalIgnoreCase)) is { } raised)
        {
            _unclaimed.Remove(raised);
            waiter.Complete(raised.EventRaised.Input);
            return waiter.Task;
        }
        if (!_waiting.TryGetValue(eventName, out var queue))
            _waiting[eventName] = queue = new Queue<Pending>();
        queue.Enqueue(waiter);
        cancellationToken.Register(waiter.Cancel);
        return waiter.Task;
    }

    public override void SendEvent(string instanceId, string eventName, object payload) =>
        Ask(a => a.SendEvent = new SendEventAction { Instance = new WorkflowInstance { InstanceId = instanceId }, Name = eventName, Data = Write(payload) });

    public override void SetCustomStatus(object? customStatus) => CustomStatus = Write(customStatus);

    public override void ContinueAsNew(object? newInput = null, bool preserveUnprocessedEvents = true) => Again = (Write(newInput), preserveUnprocessedEvents);

    public override Guid NewGuid()
    {
        var seed = string.Create(CultureInfo.InvariantCulture, $"{instanceId}/{Now:O}/{_guids++}");
        return new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(seed)).AsSpan(0, 16));
    }

    public override ILogger CreateReplaySafeLogger(string categoryName) => new ReplaySafeLogger(loggers.CreateLogger(categoryName), this);

    /// <summary>What the code decided by its version before.</summary>
    public void Remember(WorkflowVersion? version) => _patches.UnionWith(version?.Patches ?? []);

    /// <summary>The history says that this was asked for before.</summary>
    /// <exception cref="NonDeterministicWorkflowException">The code has not asked for it now.</exception>
    public void Confirm(HistoryEvent e, string kind, string what, Func<WorkflowAction, string?> read)
    {
        if (!_asked.Remove(e.EventId, out var action))
            throw new NonDeterministicWorkflowException($"Event {e.EventId} of the history is {kind} '{what}', but the workflow '{name}' asks for nothing at this place now. Its code has changed, or decides by something that is not in its history.");
        if (read(action) is not { } now || !now.Equals(what, StringComparison.OrdinalIgnoreCase))
            throw new NonDeterministicWorkflowException($"Event {e.EventId} of the history is {kind} '{what}', but the workflow '{name}' asks for {Describe(action)} at this place now. Its code has changed, or decides by something that is not in its history.");
    }

    /// <summary>What was asked for has a result.</summary>
    public void Complete(int id, string? result)
    {
        if (_open.Remove(id, out var pending))
            pending.Complete(result);
    }

    public void Fail(int id, TaskFailureDetails failure)
    {
        if (_open.Remove(id, out var pending))
            pending.Fail(failure);
    }

    public void Raise(HistoryEvent e)
    {
        while (_waiting.TryGetValue(e.EventRaised.Name, out var queue) && queue.TryDequeue(out var waiter))
        {
            if (waiter.IsCancelled)
                continue;
            waiter.Complete(e.EventRaised.Input);
            return;
        }
        _unclaimed.Add(e);
    }

    public string? Write(object? value) => value is null ? null : JsonSerializer.Serialize(value, value.GetType(), json);

    private static string Describe(WorkflowAction action) => action.WorkflowActionTypeCase switch
    {
        WorkflowAction.WorkflowActionTypeOneofCase.ScheduleTask => $"the activity '{action.ScheduleTask.Name}'",
        WorkflowAction.WorkflowActionTypeOneofCase.CreateChildWorkflow => $"the child workflow '{action.CreateChildWorkflow.Name}'",
        WorkflowAction.WorkflowActionTypeOneofCase.CreateTimer => "a timer",
        WorkflowAction.WorkflowActionTypeOneofCase.SendEvent => $"the sending of '{action.SendEvent.Name}'",
        _ => "something else",
    };

    private int Ask(Action<WorkflowAction> set)
    {
        var action = new WorkflowAction { Id = NextId() };
        set(action);
        _asked[action.Id] = action;
        return action.Id;
    }

    private Task<T> AskAsync<T>(Action<WorkflowAction> set)
    {
        var pending = new Pending<T>(json);
        _open[Ask(set)] = pending;
        return pending.Task;
    }

    private async Task<T> WithRetriesAsync<T>(WorkflowRetryPolicy? policy, Func<Task<T>> attempt)
    {
        var began = Now;
        for (var attempts = 1; ; attempts++)
        {
            try
            {
                return await attempt();
            }
            catch (WorkflowTaskFailedException e) when (policy is not null && attempts < policy.MaxNumberOfAttempts && !e.Data.Contains(nameof(TaskFailureDetails.IsNonRetriable)))
            {
                if (policy.RetryTimeout != Timeout.InfiniteTimeSpan && Now - began >= policy.RetryTimeout)
                    throw;
            }
            await CreateTimer(Now + policy.PauseAfter(attempts), CancellationToken.None);
        }
    }

    private static async Task Cancellable(Task task, CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled)
        {
            await task;
            return;
        }
        var cancelled = new TaskCompletionSource();
        await using var registration = cancellationToken.Register(cancelled.SetCanceled);
        await await Task.WhenAny(task, cancelled.Task);
    }

    private abstract class Pending
    {
        public abstract bool IsCancelled { get; }

        public abstract void Complete(string? result);

        public abstract void Fail(TaskFailureDetails failure);
    }

    /// <summary>Its completion runs the workflow's code on, here and now: that is how the code is played in the order of the events.</summary>
    private sealed class Pending<T>(JsonSerializerOptions json) : Pending
    {
        private readonly TaskCompletionSource<T> _completion = new();

        public Task<T> Task => _completion.Task;

        public override bool IsCancelled => _completion.Task.IsCanceled;

        public override void Complete(string? result)
        {
            try
            {
                _completion.TrySetResult(string.IsNullOrEmpty(result) ? default! : JsonSerializer.Deserialize<T>(result, json)!);
            }
            catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException)
            {
                _completion.TrySetException(e);
            }
        }

        public override void Fail(TaskFailureDetails failure)
        {
            var error = new WorkflowTaskFailedException($"A task of the workflow failed: {failure.ErrorType}: {failure.ErrorMessage}", new WorkflowTaskFailureDetails(failure.ErrorType, failure.ErrorMessage, failure.StackTrace));
            if (failure.IsNonRetriable)
                error.Data[nameof(TaskFailureDetails.IsNonRetriable)] = true;
            _completion.TrySetException(error);
        }

        public void Cancel() => _completion.TrySetCanceled();
    }

    private sealed class ReplaySafeLogger(ILogger inner, TurnContext context) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => inner.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => !context.Replaying && inner.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                inner.Log(logLevel, eventId, state, exception, formatter);
        }
    }
}
