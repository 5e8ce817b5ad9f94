using System.Collections.Concurrent;
using System.Threading.Channels;
using Deepiri.Grpc.DurableTask;

namespace Deepiri.Sidecar.Workflows;

/// <summary>
/// Hands work to the app's connected workers. Work that a worker had when its stream dropped goes to the next one, under a new token, so
/// that a late answer of the old one is told apart.
/// </summary>
internal sealed class WorkerPool
{
    private readonly Channel<Work> _waiting = Channel.CreateUnbounded<Work>();
    private readonly ConcurrentDictionary<string, Work> _underWay = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _tokens = new(StringComparer.Ordinal);
    private int _connected;

    /// <summary>Streams that are open.</summary>
    public int Connected => Volatile.Read(ref _connected);

    /// <summary>Hands out a turn; the answer comes when a worker has given one.</summary>
    public Task<WorkflowResponse> RunAsync(WorkflowRequest request)
    {
        var work = new TurnWork(request);
        _waiting.Writer.TryWrite(work);
        return work.Answer.Task;
    }

    /// <summary>Hands out an activity.</summary>
    /// <param name="request">The activity.</param>
    /// <param name="onDone">Takes the answer; the worker is told that it was taken when this has ended.</param>
    public void Run(ActivityRequest request, Func<ActivityResponse, Task> onDone) => _waiting.Writer.TryWrite(new ActivityWork(request, onDone));

    /// <summary>Serves a worker until its stream ends.</summary>
    /// <param name="write">Sends it an item.</param>
    /// <param name="cancellationToken">The stream has ended.</param>
    public async Task ServeAsync(Func<WorkItem, Task> write, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _connected);
        var mine = new ConcurrentDictionary<string, Work>(StringComparer.Ordinal);
        try
        {
            await foreach (var work in _waiting.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                var item = work.ToItem(Guid.NewGuid().ToString("N"), mine);
                _underWay[item.CompletionToken] = work;
                _tokens[work.Key] = item.CompletionToken;
                mine[item.CompletionToken] = work;
                await write(item).ConfigureAwait(false);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _connected);
            foreach (var (token, work) in mine)
            {
                if (!_underWay.TryRemove(KeyValuePair.Create(token, work)))
                    continue;
                _tokens.TryRemove(KeyValuePair.Create(work.Key, token));
                _waiting.Writer.TryWrite(work);
            }
        }
    }

    /// <summary>Takes a turn's answer; one whose token is not under way any more is thrown away.</summary>
    public void Complete(WorkflowResponse response)
    {
        if (Take(response.CompletionToken, TurnWork.KeyOf(response.InstanceId)) is TurnWork work)
            work.Answer.TrySetResult(response);
    }

    /// <summary>Takes an activity's answer; one whose token is not under way any more is thrown away.</summary>
    public Task CompleteAsync(ActivityResponse response) => Take(response.CompletionToken, ActivityWork.KeyOf(response.InstanceId, response.TaskId)) is ActivityWork work ? work.OnDone(response) : Task.CompletedTask;

    /// <summary>A worker gives work back that it cannot do.</summary>
    public void Abandon(string token)
    {
        if (Take(token, null) is { } work)
            _waiting.Writer.TryWrite(work);
    }

    /// <summary>By the token; Dapr's JavaScript worker sends none, and is known by what it was given.</summary>
    private Work? Take(string token, string? key)
    {
        if (token.Length == 0 && key is not null && !_tokens.TryGetValue(key, out token!))
            return null;
        if (!_underWay.TryRemove(token, out var work))
            return null;
        _tokens.TryRemove(KeyValuePair.Create(work.Key, token));
        work.Release(token);
        return work;
    }

    private abstract class Work
    {
        private ConcurrentDictionary<string, Work>? _holder;

        /// <summary>Whose, and what.</summary>
        public abstract string Key { get; }

        public WorkItem ToItem(string token, ConcurrentDictionary<string, Work> holder)
        {
            _holder = holder;
            var item = new WorkItem { CompletionToken = token };
            Fill(item);
            return item;
        }

        public void Release(string token) => _holder?.TryRemove(token, out _);

        protected abstract void Fill(WorkItem item);
    }

    private sealed class TurnWork(WorkflowRequest request) : Work
    {
        public TaskCompletionSource<WorkflowResponse> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override string Key => KeyOf(request.InstanceId);

        public static string KeyOf(string instanceId) => instanceId;

        protected override void Fill(WorkItem item) => item.WorkflowRequest = request;
    }

    private sealed class ActivityWork(ActivityRequest request, Func<ActivityResponse, Task> onDone) : Work
    {
        public Func<ActivityResponse, Task> OnDone => onDone;

        public override string Key => KeyOf(request.WorkflowInstance.InstanceId, request.TaskId);

        public static string KeyOf(string instanceId, int taskId) => $"{instanceId}#{taskId}";

        protected override void Fill(WorkItem item) => item.ActivityRequest = request;
    }
}
