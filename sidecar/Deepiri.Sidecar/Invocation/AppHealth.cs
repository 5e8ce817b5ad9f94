namespace Deepiri.Sidecar.Invocation;

/// <summary>
/// Dapr's app health checks (https://docs.dapr.io/operations/resiliency/health-checks/app-health/): unhealthy until the first probe succeeds, and
/// again after <see cref="AppHealthOptions.Threshold"/> failures in a row.
/// </summary>
internal sealed class AppHealth(AppHealthOptions options, AppChannel app, TimeProvider time)
{
    private volatile TaskCompletionSource _healthy = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public bool IsHealthy => _healthy.Task.IsCompleted;

    public Task WaitUntilHealthyAsync(CancellationToken cancellationToken) => _healthy.Task.WaitAsync(cancellationToken);

    /// <summary>Probes until it is cancelled. <paramref name="unhealthy"/> is called each time the app becomes so.</summary>
    public async Task WatchAsync(Action unhealthy, CancellationToken cancellationToken)
    {
        var failures = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            var isWell = await ProbeAsync(cancellationToken).ConfigureAwait(false);
            failures = isWell ? 0 : failures + 1;
            if (isWell)
            {
                _healthy.TrySetResult();
            }
            else if (IsHealthy && failures >= options.Threshold)
            {
                _healthy = new(TaskCreationOptions.RunContinuationsAsynchronously);
                unhealthy();
            }
            await Task.Delay(options.ProbeInterval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<bool> ProbeAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(options.ProbeTimeout);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, app.Uri(options.Path));
            using var response = await app.SendAsync(request, patience.Token).ConfigureAwait(false);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }
}
