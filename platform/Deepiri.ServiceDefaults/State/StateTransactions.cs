using System.Globalization;
using System.Text.Json;
using Dapr;
using Dapr.Client;

namespace Deepiri.ServiceDefaults.State;

/// <summary>Writes that happen together with the events that tell of them (Dapr's transactional outbox), or not at all.</summary>
/// <param name="storeName">A state component; one with an outbox for what is told.</param>
public sealed class StateTransaction(string storeName)
{
    /// <summary>As a time to live: takes away the one that an item had, which some stores would leave in place.</summary>
    public static readonly TimeSpan Forever = TimeSpan.FromSeconds(-1);

    internal string StoreName => storeName;

    internal List<StateTransactionRequest> Operations { get; } = [];

    /// <summary>Saves an item, if it still has this ETag (empty: if it does not exist yet). In a store with an outbox the item itself would be published.</summary>
    public StateTransaction Save<TItem>(string key, TItem item, string etag, TimeSpan? timeToLive = null)
    {
        Operations.Add(DaprTransactions.Upsert(key, item, etag, timeToLive is { } life ? new Dictionary<string, string> { ["ttlInSeconds"] = Seconds(life) } : null));
        return this;
    }

    /// <summary>Saves an item, if it still has this ETag (empty: if it does not exist yet), and publishes an event.</summary>
    public StateTransaction Save<TItem, TEvent>(string key, TItem item, string etag, string eventType, TEvent @event, TimeSpan? timeToLive = null)
    {
        // Dapr's documentation overrides the envelope with cloudevent.type, its source with type; both are sent.
        var metadata = new Dictionary<string, string> { ["cloudevent.type"] = eventType, ["type"] = eventType, ["contentType"] = "application/json", ["datacontenttype"] = "application/json" };
        if (timeToLive is { } life)
            metadata["ttlInSeconds"] = Seconds(life);
        Operations.Add(DaprTransactions.Upsert(key, item, etag, metadata));
        Operations.Add(new StateTransactionRequest(key, JsonSerializer.SerializeToUtf8Bytes(@event, PlatformJson.Options), StateOperationType.Upsert, null,
            new Dictionary<string, string>(metadata) { [DaprTransactions.Projection] = "true" }));
        return this;
    }

    private static string Seconds(TimeSpan time) => ((int)time.TotalSeconds).ToString(CultureInfo.InvariantCulture);
}

/// <summary>Executes transactions against the sidecar.</summary>
public sealed class StateTransactions(DaprClient dapr)
{
    /// <summary>True when it was committed; false when an item was changed or created by somebody else.</summary>
    public Task<bool> TryCommitAsync(StateTransaction transaction, CancellationToken cancellationToken) =>
        dapr.TryExecuteAsync(transaction.StoreName, transaction.Operations, cancellationToken);
}

/// <summary>Compare-and-set over several items.</summary>
public static class DaprTransactions
{
    internal const string Projection = "outbox.projection";

    /// <summary>First write wins: with an ETag a compare-and-set, without one an insert.</summary>
    public static StateOptions FirstWrite { get; } = new() { Concurrency = ConcurrencyMode.FirstWrite, Consistency = ConsistencyMode.Strong };

    internal static StateTransactionRequest Upsert<T>(string key, T item, string etag, IReadOnlyDictionary<string, string>? metadata = null) =>
        new(key, JsonSerializer.SerializeToUtf8Bytes(item, PlatformJson.Options), StateOperationType.Upsert, etag.Length > 0 ? etag : null, metadata, FirstWrite);

    private static bool IsJson(string stored, byte[]? written) =>
        stored.Length > 0 && written is not null && JsonElement.DeepEquals(JsonSerializer.Deserialize<JsonElement>(stored), JsonSerializer.Deserialize<JsonElement>(written));

    internal static async Task<bool> TryExecuteAsync(this DaprClient dapr, string storeName, IReadOnlyList<StateTransactionRequest> operations, CancellationToken cancellationToken)
    {
        try
        {
            await dapr.ExecuteStateTransactionAsync(storeName, operations, cancellationToken: cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (DaprException) when (!cancellationToken.IsCancellationRequested)
        {
            // Dapr answers a failed transaction with one status whatever the cause; only the items tell whether somebody was faster.
            var saved = operations.Where(o => o.Metadata?.ContainsKey(Projection) != true).ToDictionary(o => o.Key);
            var current = await dapr.GetBulkStateAsync(storeName, [.. saved.Keys], parallelism: null, cancellationToken: cancellationToken).ConfigureAwait(false);
            // The answer to a commit can be lost: if the items are what we wrote, it was ours.
            if (current.All(item => IsJson(item.Value, saved[item.Key].Value)))
                return true;
            if (current.Any(item => item.ETag != (saved[item.Key].ETag ?? "")))
                return false;
            throw;
        }
    }
}
