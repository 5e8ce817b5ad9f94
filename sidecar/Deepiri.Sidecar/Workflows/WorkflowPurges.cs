using Deepiri.Sidecar.Sqlite;

namespace Deepiri.Sidecar.Workflows;

/// <summary>Deletes instances that are done once their retention is over.</summary>
internal sealed class WorkflowPurges(WorkflowEngine engine, WorkflowIndex index) : IAsyncDisposable
{
    private const int Batch = 100;
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public void Start() => _running = Task.Run(RunAsync);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(s_interval, engine.Time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token).ConfigureAwait(false))
            {
                foreach (var instance in Due())
                    await PurgeAsync(instance).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // What is due is purged by the next run.
        }
    }

    private IReadOnlyList<string> Due()
    {
        try
        {
            return index.DueForPurge(engine.AppId, engine.Time.GetUtcNow(), Batch);
        }
        catch (SqliteException e)
        {
            Log.WorkflowsNotPurged(engine.Logger, engine.AppId, e);
            return [];
        }
    }

    private async Task PurgeAsync(string instance)
    {
        try
        {
            await engine.PurgeAsync(instance, force: false, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (!_stop.IsCancellationRequested)
        {
            Log.WorkflowNotPurged(engine.Logger, engine.AppId, instance, e);
        }
    }
}
