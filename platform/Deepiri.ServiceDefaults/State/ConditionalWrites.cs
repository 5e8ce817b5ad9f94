using System.Text.Json;
using Dapr;
using Dapr.Client;

namespace Deepiri.ServiceDefaults.State;

/// <summary>
/// Compare-and-set. Stores and sidecars report a lost race in different ways: a conflict, an internal error, or nothing but a failed transaction. A
/// write that fails therefore reads back who has won.
/// </summary>
public static class ConditionalWrites
{
    private static readonly TimeSpan s_readBackTimeout = TimeSpan.FromSeconds(5);

    /// <summary>First write wins: with an ETag a compare-and-set, without one an insert.</summary>
    private static readonly StateOptions s_firstWrite = new() { Concurrency = ConcurrencyMode.FirstWrite, Consistency = ConsistencyMode.Strong };

    /// <summary>Saves an item, if it still has this ETag (empty: if it does not exist yet); false when somebody else was faster.</summary>
    /// <exception cref="DaprException">The store failed, and nobody has changed the item.</exception>
    public static async Task<bool> TrySaveAsync<T>(this DaprClient dapr, string storeName, string key, T item, string etag, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default)
    {
        try
        {
            return await dapr.TrySaveStateAsync(storeName, key, item, etag, s_firstWrite, metadata, cancellationToken).ConfigureAwait(false);
        }
        catch (DaprException) when (!cancellationToken.IsCancellationRequested)
        {
            if (await dapr.OutcomeAsync(storeName, [Upsert(key, item, etag, metadata)]).ConfigureAwait(false) is { } isOurs)
                return isOurs;
            throw;
        }
    }

    /// <summary>Deletes an item, if it still has this ETag; false when somebody else was faster.</summary>
    /// <exception cref="DaprException">The store failed, and nobody has changed the item.</exception>
    public static async Task<bool> TryDeleteAsync(this DaprClient dapr, string storeName, string key, string etag, CancellationToken cancellationToken = default)
    {
        try
        {
            return await dapr.TryDeleteStateAsync(storeName, key, etag, s_firstWrite, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (DaprException) when (!cancellationToken.IsCancellationRequested)
        {
            if (await dapr.OutcomeAsync(storeName, [new StateTransactionRequest(key, null, StateOperationType.Delete, etag)]).ConfigureAwait(false) is { } isOurs)
                return isOurs;
            throw;
        }
    }

    /// <summary>Executes a transaction; false when an item was changed or created by somebody else.</summary>
    /// <exception cref="DaprException">The store failed, and nobody has changed an item.</exception>
    internal static async Task<bool> TryExecuteAsync(this DaprClient dapr, string storeName, IReadOnlyList<StateTransactionRequest> operations, CancellationToken cancellationToken)
    {
        try
        {
            await dapr.ExecuteStateTransactionAsync(storeName, operations, cancellationToken: cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (DaprException) when (!cancellationToken.IsCancellationRequested)
        {
            if (await dapr.OutcomeAsync(storeName, operations).ConfigureAwait(false) is { } isOurs)
                return isOurs;
            throw;
        }
    }

    internal static StateTransactionRequest Upsert<T>(string key, T item, string etag, IReadOnlyDictionary<string, string>? metadata = null) =>
        new(key, JsonSerializer.SerializeToUtf8Bytes(item, PlatformJson.Options), StateOperationType.Upsert, etag.Length > 0 ? etag : null, metadata, s_firstWrite);

    /// <summary>
    /// What became of a write that failed: true when the items are what it wrote (its response was lost), false when somebody else has written one of
    /// them, null when nobody has.
    /// </summary>
    internal static async Task<bool?> OutcomeAsync(this DaprClient dapr, string storeName, IReadOnlyList<StateTransactionRequest> operations)
    {
        using var timeout = new CancellationTokenSource(s_readBackTimeout);
        var written = operations.ToDictionary(o => o.Key);
        var current = await dapr.GetBulkStateAsync(storeName, [.. written.Keys], parallelism: null, cancellationToken: timeout.Token).ConfigureAwait(false);
        if (current.All(item => IsWritten(item, written[item.Key])))
            return true;
        return current.Any(item => IsConditional(written[item.Key]) && (item.ETag ?? "") != (written[item.Key].ETag ?? "")) ? false : null;
    }

    private static bool IsConditional(StateTransactionRequest write) => !string.IsNullOrEmpty(write.ETag) || write.Options == s_firstWrite;

    private static bool IsWritten(BulkStateItem item, StateTransactionRequest write)
    {
        if (write.OperationType == StateOperationType.Delete)
            return string.IsNullOrEmpty(item.Value);
        return !string.IsNullOrEmpty(item.Value) && JsonElement.DeepEquals(JsonElement.Parse(item.Value), JsonElement.Parse(write.Value!));
    }
}
