using Deepiri.Sidecar.Resources;

namespace Deepiri.Sidecar.PubSub;

/// <summary>A subscription that lives as long as a stream of the app's.</summary>
internal sealed class StreamingSubscription(SubscriptionSpec spec, StreamDelivery delivery, IAsyncDisposable running, Action<StreamingSubscription> forget) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopped = new();

    public SubscriptionSpec Spec => spec;

    public StreamDelivery Delivery => delivery;

    /// <summary>Cancelled when the subscription has ended.</summary>
    public CancellationToken Stopped => _stopped.Token;

    public async ValueTask DisposeAsync()
    {
        delivery.End();
        try
        {
            await running.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            forget(this);
            await _stopped.CancelAsync().ConfigureAwait(false);
        }
    }
}
