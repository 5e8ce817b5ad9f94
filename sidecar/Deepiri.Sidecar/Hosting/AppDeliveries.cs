using Deepiri.Sidecar.Bindings;
using Deepiri.Sidecar.Jobs;
using Microsoft.Extensions.Logging;

namespace Deepiri.Sidecar;

/// <summary>All that reaches the app without its asking: actors' calls, jobs, events, input bindings. It begins when the app is there, and stops while it is not.</summary>
internal sealed class AppDeliveries(AppSidecar sidecar, JobsService jobs, InputBindings inputs, ILogger log, CancellationToken stop)
{
    private static readonly TimeSpan s_retryPause = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private CancellationTokenSource _starting = new();
    private Task _started = Task.CompletedTask;
    private Task _watching = Task.CompletedTask;
    private Task _recovering = Task.CompletedTask;
    private bool _isPaused;

    /// <summary>All of it runs; true at once for an app without a port.</summary>
    public bool AreStarted => _started.IsCompletedSuccessfully;

    /// <summary>Begins for the first time, and watches the app's health, if it is checked.</summary>
    public void Start()
    {
        _ = RestartAsync();
        _watching = sidecar.App?.Health?.WatchAsync(AwaitRecovery, stop) ?? Task.CompletedTask;
    }

    /// <summary>Waits for the app and begins (again).</summary>
    public Task RestartAsync()
    {
        if (sidecar.App is null)
            return Task.CompletedTask;
        lock (_lock)
        {
            _starting.Cancel();
            _starting = CancellationTokenSource.CreateLinkedTokenSource(stop);
            _isPaused = false;
            var (previous, token) = (_started, _starting.Token);
            return _started = Task.Run(() => StartAsync(previous, token));
        }
    }

    /// <summary>Asks a running app again what it subscribes to. One that is not running yet will be asked in any case.</summary>
    public Task ResubscribeAsync()
    {
        lock (_lock)
        {
            if (sidecar.App is null || _isPaused)
                return Task.CompletedTask;
            var (previous, token) = (_started, _starting.Token);
            return _started = Task.Run(async () =>
            {
                await previous.ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
                await RepeatAsync(SubscribeAsync, token).ConfigureAwait(false);
            });
        }
    }

    /// <summary>Stops; what is under way finishes.</summary>
    public async Task StopAsync()
    {
        Task previous;
        lock (_lock)
        {
            _starting.Cancel();
            _isPaused = true;
            previous = _started;
        }
        await previous.ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
        // Whatever one of them fails with, the others stop, and the app is started again.
        await sidecar.TryAsync(inputs.StopAsync).ConfigureAwait(false);
        await sidecar.TryAsync(sidecar.Subscriptions.StopAsync).ConfigureAwait(false);
        await sidecar.TryAsync(jobs.StopAsync).ConfigureAwait(false);
        await sidecar.TryAsync(sidecar.Actors.StopAsync).ConfigureAwait(false);
    }

    /// <summary>Waits until nobody watches the app's health any more; the sidecar is stopping.</summary>
    public async Task EndWatchAsync()
    {
        await sidecar.TryAsync(() => _watching).ConfigureAwait(false);
        await sidecar.TryAsync(() => _recovering).ConfigureAwait(false);
    }

    /// <summary>Nothing is delivered to an app that is unwell; once it is well again everything goes on.</summary>
    private void AwaitRecovery()
    {
        Log.AppUnhealthy(log, sidecar.AppId);
        // The probes go on meanwhile: what drains for long must not hide that the app is well again.
        _recovering = Task.Run(async () =>
        {
            await StopAsync().ConfigureAwait(false);
            if (!stop.IsCancellationRequested)
                _ = RestartAsync();
        });
    }

    private async Task StartAsync(Task previous, CancellationToken cancellationToken)
    {
        await previous.ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
        await RepeatAsync(HostAsync, cancellationToken).ConfigureAwait(false);
        // For itself: a subscription that cannot be made must not start the actors over and over.
        await RepeatAsync(SubscribeAsync, cancellationToken).ConfigureAwait(false);
    }

    private async Task HostAsync(CancellationToken cancellationToken)
    {
        await sidecar.App!.WaitUntilReadyAsync(cancellationToken).ConfigureAwait(false);
        await sidecar.Actors.StartAsync(sidecar.App, cancellationToken).ConfigureAwait(false);
        await jobs.StartAsync(sidecar.App).ConfigureAwait(false);
    }

    private async Task SubscribeAsync(CancellationToken cancellationToken)
    {
        await sidecar.Subscriptions.StartAsync(cancellationToken).ConfigureAwait(false);
        await inputs.StartAsync(sidecar.App!, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Tries until it succeeds or is given up: an app that has just begun to listen may not answer yet.</summary>
    private async Task RepeatAsync(Func<CancellationToken, Task> step, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await step(cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                Log.SubscriptionsFailed(log, sidecar.AppId, e.Message);
                await Task.Delay(s_retryPause, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
