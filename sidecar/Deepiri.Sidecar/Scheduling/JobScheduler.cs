using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Deepiri.Sidecar.Scheduling;

/// <summary>
/// Hands jobs to their handlers when they are due: what Dapr's Scheduler service does for reminders and jobs. A job is kept until its
/// handler has said that it is done, so that it is done at least once also after a crash.
/// </summary>
internal sealed class JobScheduler : IAsyncDisposable
{
    private const int MostAtOnce = 256;
    private static readonly TimeSpan s_longestSleep = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_jump = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_handlerPause = TimeSpan.FromMilliseconds(500);

    private readonly JobStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ConcurrentDictionary<string, Func<Job, CancellationToken, Task<JobOutcome>>> _handlers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Owner, string Name, long Edition), Task> _running = new();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _alarm;
    private readonly Task _loop;

    public JobScheduler(JobStore store, TimeProvider time, ILogger log)
    {
        (_store, _time, _log) = (store, time, log);
        _alarm = time.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _loop = Task.Run(RunAsync);
    }

    /// <summary>Handles the jobs whose owner begins with <c>{kind}||</c>; those of a kind without a handler wait.</summary>
    public void Handle(string kind, Func<Job, CancellationToken, Task<JobOutcome>> handler)
    {
        _handlers[kind] = handler;
        Wake();
    }

    public void StopHandling(string kind) => _handlers.TryRemove(kind, out _);

    /// <summary>Keeps a job; when this returns, it will be done. False when there is one of this name that must stay.</summary>
    public async Task<bool> ScheduleAsync(Job job, bool overwrite, CancellationToken cancellationToken)
    {
        var isSaved = await _store.SaveAsync(job, overwrite, cancellationToken).ConfigureAwait(false);
        Wake();
        return isSaved;
    }

    public Task<bool> DeleteAsync(string owner, string name, CancellationToken cancellationToken) => _store.DeleteAsync(owner, name, cancellationToken);

    public Job? Find(string owner, string name) => _store.Find(owner, name)?.Job;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _alarm.DisposeAsync().ConfigureAwait(false);
        await _loop.ConfigureAwait(false);
        await Task.WhenAll(_running.Values).ConfigureAwait(false);
    }

    private void Wake() => _wake.Writer.TryWrite(true);

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var now = _time.GetUtcNow();
                var pause = s_longestSleep;
                foreach (var kind in _handlers.Keys)
                {
                    StartDue(kind, now);
                    if (_store.NextAfter(kind, now) is { } next && next - now < pause)
                        pause = next - now;
                }
                _alarm.Change(pause < TimeSpan.FromMilliseconds(1) ? TimeSpan.FromMilliseconds(1) : pause, Timeout.InfiniteTimeSpan);
                // The clock may have jumped while this was reckoned.
                if ((_time.GetUtcNow() - now).Duration() > s_jump)
                    Wake();
                await _wake.Reader.ReadAsync(_stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Log.SchedulerFailed(_log, e);
                await Task.Delay(s_handlerPause, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    private void StartDue(string kind, DateTimeOffset now)
    {
        // Taken before the look into the store: one that ends in between is still known as under way, and is looked at again when it wakes this loop.
        var running = _running.Keys.ToHashSet();
        foreach (var stored in _store.Due(kind, now, MostAtOnce + running.Count))
        {
            var key = (stored.Job.Owner, stored.Job.Name, stored.Edition);
            if (running.Contains(key))
                continue;
            if (_running.Count >= MostAtOnce)
                return;
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _running[key] = done.Task;
            _ = Task.Run(() => DoAsync(key, stored, done));
        }
    }

    private async Task DoAsync((string, string, long) key, StoredJob stored, TaskCompletionSource done)
    {
        try
        {
            var outcome = await TryAsync(stored.Job).ConfigureAwait(false);
            if (outcome == JobOutcome.Later)
            {
                await Task.Delay(s_handlerPause, _time, _stop.Token).ConfigureAwait(false);
                return;
            }
            var isLast = outcome == JobOutcome.Cancel || stored.Remaining is <= 1;
            await _store.AdvanceAsync(stored, isLast ? null : stored.Job.Schedule.After(stored.Due, _time.GetUtcNow())).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // It stays due, for the next run.
        }
        catch (Exception e)
        {
            Log.SchedulerFailed(_log, e);
        }
        finally
        {
            _running.TryRemove(key, out _);
            done.SetResult();
            Wake();
        }
    }

    private async Task<JobOutcome> TryAsync(Job job)
    {
        for (var retries = 0; ; retries++)
        {
            // Asked for each time: the app may have gone meanwhile, and come back.
            if (!_handlers.TryGetValue(job.Kind, out var handler))
                return JobOutcome.Later;
            var outcome = JobOutcome.Failed;
            try
            {
                outcome = await handler(job, _stop.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (!_stop.IsCancellationRequested)
            {
                Log.JobFailed(_log, job.Name, job.Owner, e.Message);
            }
            _stop.Token.ThrowIfCancellationRequested();
            if (outcome != JobOutcome.Failed || retries >= job.Retry.MaxRetries)
                return outcome;
            await Task.Delay(job.Retry.Interval, _time, _stop.Token).ConfigureAwait(false);
        }
    }
}
