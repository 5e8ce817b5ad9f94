using System.Diagnostics.Metrics;
using Deepiri.Cyrex.Models;
using Deepiri.ServiceDefaults.Errors;

namespace Deepiri.Cyrex.Batching;

/// <summary>
/// Gathers requests into runs of a model. While the model is idle a request runs at once, on its caller's thread. Those that come while it is
/// busy are run together: as soon as there are enough of them, or when the oldest has waited for the window. One that waits alone does not.
/// </summary>
internal sealed class Batcher<TRequest, TResult>(string name, IBatchModel<TRequest, TResult> model, BatchingOptions options, TimeProvider time)
{
    private static readonly Histogram<int> s_batchSizes = BatchMetrics.Meter.CreateHistogram<int>("cyrex.inference.batch.size", "{request}", "Requests of one run of a model",
        advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] });

    private readonly KeyValuePair<string, object?> _tag = new("model", name);
    private readonly Lock _gate = new();
    private readonly Queue<Pending> _queue = new();
    private bool _busy;
    private TaskCompletionSource? _enough;

    /// <summary>Answers a request.</summary>
    /// <exception cref="ApiException">503 when too many requests wait.</exception>
    public ValueTask<TResult> RunAsync(TRequest request, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Pending? pending = null;
        lock (_gate)
        {
            if (_busy)
            {
                if (_queue.Count >= options.QueueLength)
                    throw Full();
                _queue.Enqueue(pending = new Pending(request, time.GetTimestamp(), cancellationToken));
                if (_queue.Count >= options.Largest)
                    _enough?.TrySetResult();
            }
            _busy = true;
        }
        return pending is null ? ValueTask.FromResult(RunAlone(request)) : new ValueTask<TResult>(cancellationToken.CanBeCanceled ? pending.Answer.Task.WaitAsync(cancellationToken) : pending.Answer.Task);
    }

    /// <summary>Answers several requests, in as few runs as there can be.</summary>
    /// <inheritdoc cref="RunAsync"/>
    public Task<TResult[]> RunAllAsync(IReadOnlyList<TRequest> requests, CancellationToken cancellationToken)
    {
        // They have come together already, and wait for nobody else.
        const long LongAgo = 0;
        var pending = requests.Select(r => new Pending(r, LongAgo, cancellationToken)).ToList();
        bool isIdle;
        lock (_gate)
        {
            if (_queue.Count + pending.Count > options.QueueLength)
                throw Full();
            pending.ForEach(_queue.Enqueue);
            if (_queue.Count >= options.Largest)
                _enough?.TrySetResult();
            isIdle = !_busy;
            _busy = true;
        }
        if (isIdle)
            Continue();
        return Task.WhenAll(pending.Select(p => p.Answer.Task)).WaitAsync(cancellationToken);
    }

    private TResult RunAlone(TRequest request)
    {
        try
        {
            var results = new TResult[1];
            model.Run([request], results);
            s_batchSizes.Record(1, _tag);
            return results[0];
        }
        finally
        {
            bool waiting;
            lock (_gate)
                waiting = _busy = _queue.Count > 0;
            if (waiting)
                Continue();
        }
    }

    /// <summary>Runs the next batch, and hands over to another thread what waits by then, before the answers go to their callers on this one.</summary>
    private async Task RunWaitingAsync()
    {
        await GatherAsync().ConfigureAwait(false);
        var batch = new List<Pending>(options.Largest);
        bool waiting;
        lock (_gate)
        {
            while (batch.Count < options.Largest && _queue.TryDequeue(out var next))
            {
                if (!next.CancellationToken.IsCancellationRequested)
                    batch.Add(next);
            }
        }
        var answer = Run(batch);
        lock (_gate)
            waiting = _busy = _queue.Count > 0;
        if (waiting)
            Continue();
        answer();
    }

    private void Continue() => ThreadPool.UnsafeQueueUserWorkItem(static me => _ = me.RunWaitingAsync(), this, preferLocal: false);

    /// <summary>Waits until there are enough requests, or the oldest has waited for the window; not at all for one that is alone.</summary>
    private async ValueTask GatherAsync()
    {
        TaskCompletionSource enough;
        TimeSpan left;
        lock (_gate)
        {
            if (_queue.Count < 2 || _queue.Count >= options.Largest)
                return;
            left = options.Window - time.GetElapsedTime(_queue.Peek().Since);
            if (left <= TimeSpan.Zero)
                return;
            _enough = enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        using var over = new CancellationTokenSource(left, time);
        await enough.Task.WaitAsync(over.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_gate)
            _enough = null;
    }

    private Action Run(List<Pending> batch)
    {
        if (batch.Count == 0)
            return () => { };
        try
        {
            var (requests, results) = (new TRequest[batch.Count], new TResult[batch.Count]);
            for (var i = 0; i < batch.Count; i++)
                requests[i] = batch[i].Request;
            model.Run(requests, results);
            s_batchSizes.Record(batch.Count, _tag);
            return () =>
            {
                for (var i = 0; i < batch.Count; i++)
                    batch[i].Answer.TrySetResult(results[i]);
            };
        }
        catch (Exception) when (batch.Count > 1)
        {
            // One of them may be at fault; the others do not suffer for it.
            return batch.Select(pending => Run([pending])).Aggregate((before, next) => before + next);
        }
        catch (Exception e)
        {
            return () => batch[0].Answer.TrySetException(e);
        }
    }

    private static ApiException Full() => new ApiException(StatusCodes.Status503ServiceUnavailable, "MODEL_BUSY", "Too many requests wait for the model.", retryable: true, retryAfter: TimeSpan.FromSeconds(1));

    private sealed record Pending(TRequest Request, long Since, CancellationToken CancellationToken)
    {
        public TaskCompletionSource<TResult> Answer { get; } = new();
    }
}

internal static class BatchMetrics
{
    public static Meter Meter { get; } = new("Deepiri.Cyrex");
}
