using System.Collections.Concurrent;
using Deepiri.Grpc.DurableTask;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Logging;

namespace Deepiri.Sidecar.Workflows;

/// <summary>
/// One instance that is not done: it takes in events, has a worker play turns, keeps each turn before anything that follows from it
/// happens, and sees to its tasks, timers and messages. Made again from its record after a crash, it goes on where it was.
/// </summary>
internal sealed class WorkflowRunner
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestTimer = TimeSpan.FromDays(20);

    private readonly WorkflowEngine _engine;
    private readonly WorkflowStore _store;
    private readonly SemaphoreSlim _gate = new(1);
    private readonly ConcurrentDictionary<int, ITimer> _timers = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _completed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WorkflowStore.Saved _saved;
    private ITimer? _startTimer;
    private int _isPumping;
    private volatile bool _isStopped;

    public WorkflowRunner(WorkflowEngine engine, WorkflowStore store, string instanceId, WorkflowRecord record, WorkflowStore.Saved saved) =>
        (_engine, _store, InstanceId, Record, _saved) = (engine, store, instanceId, record, saved);

    public string InstanceId { get; }

    /// <summary>Read it under <see cref="ReadAsync"/>.</summary>
    private WorkflowRecord Record { get; }

    /// <summary>Its first turn has been played.</summary>
    public Task Started => _started.Task;

    /// <summary>It is done, and everybody was told.</summary>
    public Task Completed => _completed.Task;

    /// <summary>Takes up what the record says is to be done: undelivered messages, open tasks and timers, events not seen.</summary>
    public void Resume()
    {
        if (Record.History.Count > 0)
            _started.TrySetResult();
        // As the pump's first stroke: no turn is played before what the last one asked for is seen to.
        _isPumping = 1;
        _ = Task.Run(async () =>
        {
            await RetryAsync(FollowUpAsync).ConfigureAwait(false);
            foreach (var open in await ReadAsync(r => r.Open.ToList()).ConfigureAwait(false))
                Open(open);
            await PumpAsync().ConfigureAwait(false);
        });
    }

    public async Task<T> ReadAsync<T>(Func<WorkflowRecord, T> read)
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            return read(Record);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Takes an event in; when this returns, it is kept. One that nobody waits for is left out.</summary>
    /// <param name="e">The event.</param>
    /// <param name="executionId">The execution that it is for; null for whichever there is.</param>
    public async Task TakeInAsync(HistoryEvent e, string? executionId = null)
    {
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_isStopped || Record.IsCompleted || (executionId is { Length: > 0 } && executionId != Record.ExecutionId) || Record.IsUnwanted(e))
                return;
            _saved = await _store.AppendAsync(InstanceId, _saved, e).ConfigureAwait(false);
            Record.Inbox.Add(e);
        }
        finally
        {
            _gate.Release();
        }
        Pump();
    }

    /// <summary>Plays no more turns; what is kept is taken up by the next run.</summary>
    public async Task StopAsync()
    {
        // Behind the gate: what is being written is written, and nothing after it.
        await _gate.WaitAsync().ConfigureAwait(false);
        _isStopped = true;
        _gate.Release();
        _startTimer?.Dispose();
        StopTimers();
        _completed.TrySetResult();
    }

    private void Pump()
    {
        if (!_isStopped && Interlocked.Exchange(ref _isPumping, 1) == 0)
            _ = Task.Run(PumpAsync);
    }

    private async Task PumpAsync()
    {
        while (!_isStopped)
        {
            if (Delay() is { } delay)
            {
                // A timer may fire a little early, and holds no more than so long: then it is set again.
                _startTimer?.Dispose();
                _startTimer = _engine.Time.CreateTimer(_ => Pump(), null, delay < s_longestTimer ? delay + TimeSpan.FromMilliseconds(1) : s_longestTimer, Timeout.InfiniteTimeSpan);
            }
            else if (await ReadAsync(r => r.Inbox.Count > 0 && !r.IsCompleted).ConfigureAwait(false))
            {
                await RetryAsync(PlayAsync).ConfigureAwait(false);
                continue;
            }
            Volatile.Write(ref _isPumping, 0);
            // Something may have come in between the look and the write.
            if (Delay() is not null || !await ReadAsync(r => r.Inbox.Count > 0 && !r.IsCompleted).ConfigureAwait(false) || Interlocked.Exchange(ref _isPumping, 1) != 0)
                return;
        }
    }

    /// <summary>Until the time at which a new instance is to begin; null when that is now.</summary>
    private TimeSpan? Delay()
    {
        if (Record.History.Count > 0 || Record.Start.ExecutionStarted.ScheduledStartTimestamp is not { } at)
            return null;
        var delay = at.ToDateTimeOffset() - _engine.Time.GetUtcNow();
        return delay > TimeSpan.Zero ? delay : null;
    }

    /// <summary>One turn: what has come is shown to a worker, what it asks for is kept, then done.</summary>
    private async Task PlayAsync()
    {
        var (request, seen) = await ReadAsync(Ask).ConfigureAwait(false);
        var response = await _engine.Workers.RunAsync(request).ConfigureAwait(false);
        var opened = new List<HistoryEvent>();
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_isStopped)
                return;
            var unchanged = Record.History.Count;
            var next = Copy(Record);
            var isAnew = Turn.Apply(InstanceId, _engine.AppId, next, seen, response, _engine.Time.GetUtcNow());
            _saved = await _store.SaveTurnAsync(InstanceId, _saved, next, isAnew ? 0 : unchanged).ConfigureAwait(false);
            Replace(Record, next);
            if (isAnew)
                StopTimers();
            else
                opened.AddRange(Record.History.Skip(unchanged).Where(e => WorkflowEvents.IsOpening(e) && Record.Inbox.TrueForAll(result => WorkflowEvents.ResultOf(result) != e.EventId)));
        }
        finally
        {
            _gate.Release();
        }
        _started.TrySetResult();
        foreach (var e in opened)
            Open(e);
        await RetryAsync(FollowUpAsync).ConfigureAwait(false);
    }

    private (WorkflowRequest Request, IReadOnlyList<HistoryEvent> Seen) Ask(WorkflowRecord record)
    {
        // By this the worker knows its app, without which it forgets that an action is addressed to another one.
        record.Start.Router ??= new TaskRouter { SourceAppID = _engine.AppId };
        HistoryEvent[] seen = [WorkflowEvents.New(_engine.Time.GetUtcNow(), e => e.WorkflowStarted = new WorkflowStartedEvent()), .. record.Inbox];
        var request = new WorkflowRequest { InstanceId = InstanceId, ExecutionId = record.ExecutionId };
        request.PastEvents.AddRange(record.History);
        request.NewEvents.AddRange(seen);
        return (request, seen);
    }

    /// <summary>Delivers what the last turn sends; then, if the instance is done, lets it go. A crash on the way leaves it to the next run.</summary>
    private async Task FollowUpAsync()
    {
        var (messages, isCompleted) = await ReadAsync(r => (r.Outbox.ToList(), r.IsCompleted)).ConfigureAwait(false);
        foreach (var message in messages)
        {
            await _engine.DeliverAsync(InstanceId, message).ConfigureAwait(false);
            await ReadAsync(r => r.Outbox.Remove(message)).ConfigureAwait(false);
        }
        await _gate.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_isStopped)
                return;
            if (_saved.HasOutbox)
                _saved = await _store.ClearOutboxAsync(InstanceId, _saved).ConfigureAwait(false);
        }
        finally
        {
            _gate.Release();
        }
        if (!isCompleted)
            return;
        StopTimers();
        await _engine.SetDoneAsync(this).ConfigureAwait(false);
        _completed.TrySetResult();
    }

    /// <summary>Sets going what an event of the history stands for.</summary>
    private void Open(HistoryEvent e)
    {
        if (e.TimerCreated is { } timer)
            StartTimer(e.EventId, timer.FireAt, Record.ExecutionId);
        else if (e.TaskScheduled is { } task)
            Run(ToRequest(e.EventId, task));
    }

    /// <summary>The worker is answered when its result is kept; it is asked for it only once.</summary>
    private void Run(ActivityRequest request) => _engine.Workers.Run(request, response =>
        RetryAsync(() => TakeInAsync(WorkflowEvents.Of(response, request.TaskExecutionId, _engine.Time.GetUtcNow()), request.WorkflowInstance.ExecutionId)));

    private ActivityRequest ToRequest(int id, TaskScheduledEvent task) => new()
    {
        Name = task.Name,
        Version = task.Version,
        Input = task.Input,
        TaskId = id,
        TaskExecutionId = task.TaskExecutionId,
        WorkflowInstance = new WorkflowInstance { InstanceId = InstanceId, ExecutionId = Record.ExecutionId },
        ParentTraceContext = task.ParentTraceContext,
    };

    private void StartTimer(int id, Timestamp fireAt, string executionId)
    {
        if (_isStopped)
            return;
        var due = fireAt.ToDateTimeOffset() - _engine.Time.GetUtcNow();
        due = due < TimeSpan.Zero ? TimeSpan.Zero : due;
        // A timer of the system holds some 24 days; a longer one is looked at again on the way.
        var isLong = due > s_longestTimer;
        var timer = _engine.Time.CreateTimer(_ =>
        {
            if (isLong)
                StartTimer(id, fireAt, executionId);
            else
                _ = Task.Run(() => RetryAsync(() => TakeInAsync(WorkflowEvents.New(_engine.Time.GetUtcNow(), e => e.TimerFired = new TimerFiredEvent { TimerId = id, FireAt = fireAt }), executionId)));
        }, null, isLong ? s_longestTimer : due, Timeout.InfiniteTimeSpan);
        _timers.AddOrUpdate(id, timer, (_, old) =>
        {
            old.Dispose();
            return timer;
        });
    }

    private void StopTimers()
    {
        foreach (var (id, timer) in _timers)
        {
            timer.Dispose();
            _timers.TryRemove(id, out _);
        }
    }

    /// <summary>Tries until it succeeds: a store that is away comes back.</summary>
    private async Task RetryAsync(Func<Task> work)
    {
        while (!_isStopped)
        {
            try
            {
                await work().ConfigureAwait(false);
                return;
            }
            catch (Exception e)
            {
                Log.WorkflowFailed(_engine.Logger, _engine.AppId, InstanceId, e);
                await Task.Delay(s_pause, _engine.Time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private static WorkflowRecord Copy(WorkflowRecord record)
    {
        var copy = new WorkflowRecord();
        Replace(copy, record);
        return copy;
    }

    private static void Replace(WorkflowRecord target, WorkflowRecord source)
    {
        (HistoryEvent[] history, HistoryEvent[] inbox, WorkflowMessage[] outbox) = ([.. source.History], [.. source.Inbox], [.. source.Outbox]);
        target.History.Clear();
        target.History.AddRange(history);
        target.Inbox.Clear();
        target.Inbox.AddRange(inbox);
        target.Outbox.Clear();
        target.Outbox.AddRange(outbox);
        target.CustomStatus = source.CustomStatus;
    }
}
