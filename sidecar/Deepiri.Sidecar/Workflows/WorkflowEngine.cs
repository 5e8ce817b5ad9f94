using System.Collections.Concurrent;
using Deepiri.Grpc.DurableTask;
using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Resources;
using Deepiri.Sidecar.State;
using Microsoft.Extensions.Logging;

namespace Deepiri.Sidecar.Workflows;

/// <summary>The workflow instances of one app.</summary>
internal sealed class WorkflowEngine : IAsyncDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, WorkflowRunner> _runners = new(StringComparer.Ordinal);

    /// <summary>An instance must not get two runners: whoever makes one holds its lock, from the look into the store on.</summary>
    private readonly SemaphoreSlim[] _locks = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1))];
    private readonly WorkflowStore _store;
    private readonly WorkflowIndex _index;
    private readonly WorkflowRetention _retention;
    private readonly WorkflowPurges _purges;

    /// <summary>Instances of which it is not known whether the store has them.</summary>
    private readonly ConcurrentDictionary<string, byte> _unsure = new(StringComparer.Ordinal);
    private volatile bool _isStopped;

    private WorkflowEngine(string appId, IStateStore store, WorkflowRetention retention, WorkflowIndex index, TimeProvider time, ILogger log)
    {
        (AppId, _store, _retention, _index, Time, Logger) = (appId, new WorkflowStore(store, appId), retention, index, time, log);
        _purges = new WorkflowPurges(this, index);
    }

    public string AppId { get; }

    public TimeProvider Time { get; }

    public ILogger Logger { get; }

    public WorkerPool Workers { get; } = new();

    /// <summary>Takes up the instances that are not done.</summary>
    public static async Task<WorkflowEngine> StartAsync(string appId, IStateStore store, WorkflowRetention retention, RunContext run, ILogger log)
    {
        var engine = new WorkflowEngine(appId, store, retention, await run.WorkflowIndexAsync().ConfigureAwait(false), run.Time, log);
        foreach (var instanceId in engine._index.Active(appId))
        {
            try
            {
                // Entered before it was stored, and the run ended between the two.
                if (await engine.FindRunnerAsync(instanceId).ConfigureAwait(false) is null && await engine._store.LoadAsync(instanceId, CancellationToken.None).ConfigureAwait(false) is null)
                    await engine._index.StrikeAsync(appId, instanceId).ConfigureAwait(false);
            }
            catch (InvalidDataException e)
            {
                // One instance that cannot be read must not keep the others, and the app, from going on.
                Log.WorkflowFailed(log, appId, instanceId, e);
            }
        }
        engine._purges.Start();
        return engine;
    }

    /// <summary>Begins an instance; when this returns, it will be played.</summary>
    /// <returns>False when there is one of this id, in whatever state: it must be purged first.</returns>
    public async Task<bool> CreateAsync(string instanceId, HistoryEvent start, CancellationToken cancellationToken)
    {
        var record = new WorkflowRecord();
        record.Inbox.Add(start);
        var one = LockOf(instanceId);
        await one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await _index.EnterAsync(AppId, instanceId).ConfigureAwait(false);
            var saved = await _store.CreateAsync(instanceId, record, cancellationToken).ConfigureAwait(false);
            var runner = new WorkflowRunner(this, _store, instanceId, record, saved);
            _runners[instanceId] = runner;
            runner.Resume();
            return true;
        }
        catch (ETagMismatchException)
        {
            // Entered as one that is not done; if it is, this is set right.
            _ = TakeUpLaterAsync(instanceId);
            return false;
        }
        catch (Exception)
        {
            // The store may have it all the same: then it has begun, whatever its client was told.
            _ = TakeUpLaterAsync(instanceId);
            throw;
        }
        finally
        {
            one.Release();
        }
    }

    /// <summary>Takes an instance up if there is one, once the store answers.</summary>
    private async Task TakeUpLaterAsync(string instanceId)
    {
        if (!_unsure.TryAdd(instanceId, 0))
            return;
        while (true)
        {
            await Task.Delay(s_pause, Time).ConfigureAwait(false);
            if (_isStopped)
                return;
            try
            {
                // If there is none, its name goes from the index with the next start.
                await FindRunnerAsync(instanceId).ConfigureAwait(false);
                _unsure.TryRemove(instanceId, out _);
                return;
            }
            catch (Exception e)
            {
                Log.WorkflowFailed(Logger, AppId, instanceId, e);
            }
        }
    }

    /// <summary>What is kept of an instance; null when there is none.</summary>
    public async Task<T?> ReadAsync<T>(string instanceId, Func<WorkflowRecord, T> read, CancellationToken cancellationToken) where T : class
    {
        if (_runners.TryGetValue(instanceId, out var runner))
            return await runner.ReadAsync(read).ConfigureAwait(false);
        return await _store.LoadAsync(instanceId, cancellationToken).ConfigureAwait(false) is { } loaded ? read(loaded.Record) : null;
    }

    /// <summary>Waits until an instance has begun, or is done; at once when there is none, or it is done already.</summary>
    public async Task WaitAsync(string instanceId, bool untilCompleted, CancellationToken cancellationToken)
    {
        if (await FindRunnerAsync(instanceId).ConfigureAwait(false) is { } runner)
            await (untilCompleted ? runner.Completed : Task.WhenAny(runner.Started, runner.Completed)).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Hands an event to an instance; false when there is none. One that is done takes no notice.</summary>
    /// <param name="instanceId">The instance.</param>
    /// <param name="e">The event.</param>
    /// <param name="executionId">The execution that it is for; null for whichever there is.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<bool> TakeInAsync(string instanceId, HistoryEvent e, string? executionId, CancellationToken cancellationToken)
    {
        if (await FindRunnerAsync(instanceId).ConfigureAwait(false) is { } runner)
        {
            await runner.TakeInAsync(e, executionId).ConfigureAwait(false);
            return true;
        }
        return await _store.LoadAsync(instanceId, cancellationToken).ConfigureAwait(false) is not null;
    }

    /// <summary>Delivers what a turn sends. What cannot be delivered is told to the sender, where it waits for an answer.</summary>
    public async Task DeliverAsync(string sender, WorkflowMessage message)
    {
        if (message.Event.ExecutionStarted is not { } child)
        {
            await TakeInAsync(message.Target, message.Event, message.ExecutionId, CancellationToken.None).ConfigureAwait(false);
            return;
        }
        if (await CreateAsync(message.Target, message.Event, CancellationToken.None).ConfigureAwait(false))
            return;
        // There is one of this id: this child, when the message was delivered before a crash, or somebody else's.
        var parent = await ReadAsync(message.Target, r => r.Start.ExecutionStarted.ParentInstance ?? new ParentInstanceInfo(), CancellationToken.None).ConfigureAwait(false);
        if (parent?.WorkflowInstance is { } one && one.InstanceId == sender && one.ExecutionId == child.ParentInstance.WorkflowInstance.ExecutionId && parent.TaskScheduledId == child.ParentInstance.TaskScheduledId)
            return;
        await TakeInAsync(sender, WorkflowEvents.New(Time.GetUtcNow(), e => e.ChildWorkflowInstanceFailed = new ChildWorkflowInstanceFailedEvent
        {
            TaskScheduledId = child.ParentInstance.TaskScheduledId,
            FailureDetails = new TaskFailureDetails { ErrorType = "AlreadyExists", ErrorMessage = $"an active workflow with ID '{message.Target}' already exists", IsNonRetriable = true },
        }), child.ParentInstance.WorkflowInstance.ExecutionId, CancellationToken.None).ConfigureAwait(false);
    }

    /// <summary>Lets a done instance go out of memory.</summary>
    public async Task SetDoneAsync(WorkflowRunner runner)
    {
        await SetDoneAsync(runner.InstanceId, await runner.ReadAsync(r => r.Completion!).ConfigureAwait(false)).ConfigureAwait(false);
        _runners.TryRemove(KeyValuePair.Create(runner.InstanceId, runner));
    }

    /// <summary>Deletes all that is kept of an instance; null when there is none.</summary>
    /// <param name="instanceId">The instance.</param>
    /// <param name="force">Deletes it also when it is not done.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>False when it is not done and was left.</returns>
    public async Task<bool?> PurgeAsync(string instanceId, bool force, CancellationToken cancellationToken)
    {
        if (_runners.TryGetValue(instanceId, out var runner) && !force)
        {
            if (!await runner.ReadAsync(r => r.IsCompleted).ConfigureAwait(false))
                return false;
            await runner.Completed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        var one = LockOf(instanceId);
        await one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_runners.TryRemove(instanceId, out runner))
                await runner.StopAsync().ConfigureAwait(false);
            var loaded = await _store.LoadAsync(instanceId, cancellationToken).ConfigureAwait(false);
            if (loaded is { } kept)
                await _store.DeleteAsync(instanceId, kept.Saved, cancellationToken).ConfigureAwait(false);
            await _index.StrikeAsync(AppId, instanceId).ConfigureAwait(false);
            return loaded is null ? null : true;
        }
        finally
        {
            one.Release();
        }
    }

    /// <summary>Ids behind one, in order.</summary>
    public IReadOnlyList<string> Page(string after, int size) => _index.Page(AppId, after, size);

    public async ValueTask DisposeAsync()
    {
        _isStopped = true;
        await _purges.DisposeAsync().ConfigureAwait(false);
        foreach (var runner in _runners.Values)
            await runner.StopAsync().ConfigureAwait(false);
    }

    /// <summary>The runner of an instance that is not done; it is taken up when it is not in memory. Null for one that is done, or none.</summary>
    private async Task<WorkflowRunner?> FindRunnerAsync(string instanceId)
    {
        if (_runners.TryGetValue(instanceId, out var known))
            return known;
        var one = LockOf(instanceId);
        await one.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_runners.TryGetValue(instanceId, out known))
                return known;
            if (await _store.LoadAsync(instanceId, CancellationToken.None).ConfigureAwait(false) is not var (record, saved))
                return null;
            if (record.IsCompleted && record.Outbox.Count == 0)
            {
                await SetDoneAsync(instanceId, record.Completion!).ConfigureAwait(false);
                return null;
            }
            var runner = new WorkflowRunner(this, _store, instanceId, record, saved);
            _runners[instanceId] = runner;
            runner.Resume();
            return runner;
        }
        finally
        {
            one.Release();
        }
    }

    private Task SetDoneAsync(string instanceId, HistoryEvent completion) =>
        _index.SetDoneAsync(AppId, instanceId, completion.Timestamp.ToDateTimeOffset() + _retention.Of(completion.ExecutionCompleted.WorkflowStatus));

    private SemaphoreSlim LockOf(string instanceId) => _locks[(uint)string.GetHashCode(instanceId, StringComparison.Ordinal) % _locks.Length];
}
