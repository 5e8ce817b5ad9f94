using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.PubSub;
using Microsoft.Extensions.Logging;

namespace Deepiri.Sidecar.Configuration;

/// <summary>Listens to a store over a connection of its own, and again when that connection has ended.</summary>
internal static class ConfigurationListener
{
    private static readonly TimeSpan s_retryPause = TimeSpan.FromSeconds(1);

    /// <summary>Listens until the result is disposed of; returns when the first connection stands.</summary>
    /// <param name="context">The component.</param>
    /// <param name="listenAsync">Listens over one connection until it ends; calls its first argument once it does, which is false when it does so anew.</param>
    /// <param name="cancellationToken">Gives up before the first connection stands.</param>
    public static async Task<IAsyncDisposable> StartAsync(ComponentContext context, Func<Func<bool>, CancellationToken, Task> listenAsync, CancellationToken cancellationToken)
    {
        var stop = new CancellationTokenSource();
        var listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var loop = Task.Run(() => RunAsync(context, listenAsync, listening, stop.Token), CancellationToken.None);
        try
        {
            await listening.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
            return new Subscription(EndAsync);
        }
        catch
        {
            await EndAsync().ConfigureAwait(false);
            throw;
        }

        async Task EndAsync()
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await loop.ConfigureAwait(false);
        }
    }

    private static async Task RunAsync(ComponentContext context, Func<Func<bool>, CancellationToken, Task> listenAsync, TaskCompletionSource listening, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await listenAsync(listening.TrySetResult, stop).ConfigureAwait(false);
            }
            catch (Exception) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                if (listening.TrySetException(e))
                    return;
                Log.ListeningFailed(context.Run.Loggers.CreateLogger("sidecar"), context.Spec.Name, e.Message);
                await Task.Delay(s_retryPause, context.Run.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
