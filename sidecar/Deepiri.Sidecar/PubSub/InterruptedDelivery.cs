using Deepiri.Sidecar.Invocation;

namespace Deepiri.Sidecar.PubSub;

/// <summary>
/// Gives a delivery up at once when the app's process has ended: its retries would run out against nobody, and the event would be dead-lettered
/// for the app's crash.
/// </summary>
internal sealed class InterruptedDelivery(IEventDelivery delivery, AppChannel app) : IEventDelivery
{
    public async Task DeliverAsync(string path, EventToDeliver e, CancellationToken cancellationToken)
    {
        var ended = app.Ended;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, ended);
        try
        {
            await delivery.DeliverAsync(path, e, either.Token).ConfigureAwait(false);
        }
        catch (Exception error) when (ended.IsCancellationRequested)
        {
            throw new AppGoneException("the app has ended", error);
        }
    }
}
