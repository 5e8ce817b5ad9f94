using System.Text.Json;
using Dapr;
using Dapr.Client;
using Deepiri.ServiceDefaults.State;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Deepiri.ServiceDefaults.Outbox;

/// <summary>A state store in which transactions leave events.</summary>
internal sealed record OutboxStore(string Name);

/// <summary>Publishes what crashes and failures left in the slots: at startup, and every 10 s what is older than that.</summary>
internal sealed partial class OutboxRelay(DaprClient dapr, TransactionalOutbox outbox, OutboxPublisher publisher, IEnumerable<OutboxStore> stores, TimeProvider time, ILogger<OutboxRelay> log) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_drainTimeout = TimeSpan.FromSeconds(5);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(s_drainTimeout);
        try
        {
            await outbox.DrainAsync(timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            NotDrained(log);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!stores.Any())
            return;
        using var timer = new PeriodicTimer(s_interval, time);
        do
            foreach (var store in stores)
                await TrySweepAsync(store.Name, stoppingToken).ConfigureAwait(false);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }

    private async Task TrySweepAsync(string storeName, CancellationToken cancellationToken)
    {
        try
        {
            await SweepAsync(storeName, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // The sidecar or the store may not be up yet: the next round tries again.
            SweepFailed(log, storeName, e);
        }
    }

    private async Task SweepAsync(string storeName, CancellationToken cancellationToken)
    {
        var slots = outbox.SlotsOf(storeName);
        var keys = Enumerable.Range(0, OutboxSlots.Count).ToDictionary(OutboxSlots.KeyOf);
        var items = await dapr.GetBulkStateAsync(storeName, [.. keys.Keys], parallelism: null, cancellationToken: cancellationToken).ConfigureAwait(false);
        foreach (var item in items)
        {
            var slot = keys[item.Key];
            if (string.IsNullOrEmpty(item.Value))
                slots.ReleaseFromRelay(slot);
            else if (slots.IsForRelay(slot))
                await TryRelayAsync(storeName, slots, slot, item, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Events that cannot be published do not keep those in other slots from it.</summary>
    private async Task TryRelayAsync(string storeName, OutboxSlots slots, int slot, BulkStateItem item, CancellationToken cancellationToken)
    {
        try
        {
            await RelayAsync(storeName, slots, slot, item, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            RelayFailed(log, item.Key, storeName, e);
        }
    }

    private async Task RelayAsync(string storeName, OutboxSlots slots, int slot, BulkStateItem item, CancellationToken cancellationToken)
    {
        if (Read(storeName, item) is not { } record || time.GetUtcNow() - record.CommittedAt < s_interval)
            return;
        await publisher.PublishAsync(record, cancellationToken).ConfigureAwait(false);
        if (await dapr.TryDeleteAsync(storeName, item.Key, item.ETag, cancellationToken).ConfigureAwait(false))
            slots.ReleaseFromRelay(slot);
        Relayed(log, record.Events.Count, record.Topic, item.Key);
    }

    /// <summary>An item that cannot be read stays where it is, and in the log: deleting it would lose events.</summary>
    private OutboxRecord? Read(string storeName, BulkStateItem item)
    {
        try
        {
            return JsonSerializer.Deserialize<OutboxRecord>(item.Value, PlatformJson.Options);
        }
        catch (JsonException e)
        {
            Unreadable(log, item.Key, storeName, e);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Published {Count} events to {Topic} that were left in {Slot}")]
    private static partial void Relayed(ILogger log, int count, string topic, string slot);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Failed to read the outbox of {Store}; trying again in 10 s")]
    private static partial void SweepFailed(ILogger log, string store, Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Failed to publish the events in {Slot} of {Store}; trying again in 10 s")]
    private static partial void RelayFailed(ILogger log, string slot, string store, Exception e);

    [LoggerMessage(Level = LogLevel.Error, Message = "The events in {Slot} of {Store} cannot be read")]
    private static partial void Unreadable(ILogger log, string slot, string store, Exception e);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Stopped with events that are not published yet; the next start publishes them")]
    private static partial void NotDrained(ILogger log);
}
