using Dapr;
using Dapr.Client;
using Deepiri.Contracts;

namespace Deepiri.ServiceDefaults.Outbox;

/// <summary>Publishes the events of a slot.</summary>
internal sealed class OutboxPublisher(DaprClient dapr)
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

    /// <exception cref="DaprException">Not all of them could be published.</exception>
    public async Task PublishAsync(OutboxRecord record, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(s_timeout);
        try
        {
            if (record.Events is [var only])
            {
                await dapr.PublishEventAsync(Topics.PubSub, record.Topic, only, deadline.Token).ConfigureAwait(false);
                return;
            }
            var response = await dapr.BulkPublishEventAsync(Topics.PubSub, record.Topic, record.Events, cancellationToken: deadline.Token).ConfigureAwait(false);
            if (response.FailedEntries is [var failed, ..])
                throw new DaprException($"{response.FailedEntries.Count} of {record.Events.Count} events were not published: {failed.ErrorMessage}");
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DaprException($"The events were not published within {s_timeout.TotalSeconds:0} s.", e);
        }
    }
}
