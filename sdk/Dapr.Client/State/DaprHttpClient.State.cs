using System.Net;
using System.Text.Json;

namespace Dapr.Client;

internal sealed partial class DaprHttpClient
{
    public override async Task<TValue> GetStateAsync<TValue>(string storeName, string key, ConsistencyMode? consistencyMode = null, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default) =>
        (await GetStateAndETagAsync<TValue>(storeName, key, consistencyMode, metadata, cancellationToken).ConfigureAwait(false)).value;

    public override async Task<(TValue value, string etag)> GetStateAndETagAsync<TValue>(string storeName, string key, ConsistencyMode? consistencyMode = null, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default)
    {
        var path = WithQuery(ItemPath(storeName, key), metadata, ("consistency", Name(consistencyMode)));
        var response = await SendExpectingSuccessAsync(HttpMethod.Get, path, null, cancellationToken).ConfigureAwait(false);
        var etag = response.Headers.TryGetValues("ETag", out var values) ? values.First() : "";
        return (await ReadJsonAsync<TValue>(response, cancellationToken).ConfigureAwait(false), etag);
    }

    public override async Task<IReadOnlyList<BulkStateItem>> GetBulkStateAsync(string storeName, IReadOnlyList<string> keys, int? parallelism, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default)
    {
        var items = await BulkGetAsync(storeName, keys, parallelism, metadata, cancellationToken).ConfigureAwait(false);
        return [.. items.Select(i => new BulkStateItem(i.Key, i.Data is { } data ? data.GetRawText() : "", i.Etag ?? ""))];
    }

    public override async Task<IReadOnlyList<BulkStateItem<TValue>>> GetBulkStateAsync<TValue>(string storeName, IReadOnlyList<string> keys, int? parallelism, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default)
    {
        var items = await BulkGetAsync(storeName, keys, parallelism, metadata, cancellationToken).ConfigureAwait(false);
        return [.. items.Select(i => new BulkStateItem<TValue>(i.Key, i.Data is { } data ? data.Deserialize<TValue>(jsonOptions)! : default!, i.Etag ?? ""))];
    }

    public override Task SaveStateAsync<TValue>(string storeName, string key, TValue value, StateOptions? stateOptions = null, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default) =>
        SaveBulkStateAsync(storeName, [new SaveStateItem<TValue>(key, value, "", stateOptions, metadata)], cancellationToken);

    public override async Task SaveBulkStateAsync<TValue>(string storeName, IReadOnlyList<SaveStateItem<TValue>> items, CancellationToken cancellationToken = default)
    {
        using var response = await SaveAsync(storeName, items, cancellationToken).ConfigureAwait(false);
        await ThrowOnErrorAsync(response, cancellationToken).ConfigureAwait(false);
    }

    public override async Task<bool> TrySaveStateAsync<TValue>(string storeName, string key, TValue value, string etag, StateOptions? stateOptions = null, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(etag);
        using var response = await SaveAsync(storeName, [new SaveStateItem<TValue>(key, value, etag, stateOptions, metadata)], cancellationToken).ConfigureAwait(false);
        return await SucceededAsync(response, cancellationToken).ConfigureAwait(false);
    }

    public override async Task DeleteStateAsync(string storeName, string key, StateOptions? stateOptions = null, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default)
    {
        using var response = await DeleteAsync(storeName, key, "", stateOptions, metadata, cancellationToken).ConfigureAwait(false);
        await ThrowOnErrorAsync(response, cancellationToken).ConfigureAwait(false);
    }

    public override async Task<bool> TryDeleteStateAsync(string storeName, string key, string etag, StateOptions? stateOptions = null, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(etag);
        using var response = await DeleteAsync(storeName, key, etag, stateOptions, metadata, cancellationToken).ConfigureAwait(false);
        return await SucceededAsync(response, cancellationToken).ConfigureAwait(false);
    }

    public override Task DeleteBulkStateAsync(string storeName, IReadOnlyList<BulkDeleteStateItem> items, CancellationToken cancellationToken = default) =>
        Parallel.ForEachAsync(items, cancellationToken, async (item, token) =>
        {
            using var response = await DeleteAsync(storeName, item.Key, item.ETag, item.StateOptions, item.Metadata, token).ConfigureAwait(false);
            await ThrowOnErrorAsync(response, token).ConfigureAwait(false);
        });

    public override async Task ExecuteStateTransactionAsync(string storeName, IReadOnlyList<StateTransactionRequest> operations, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default)
    {
        var body = new
        {
            Operations = operations.Select(o => new
            {
                Operation = o.OperationType == StateOperationType.Upsert ? "upsert" : "delete",
                Request = new StateRequest(o.Key, o.Value is { } v ? JsonSerializer.Deserialize<JsonElement>(v) : null, o.ETag, o.Metadata, Options(o.Options)),
            }),
            Metadata = metadata,
        };
        (await SendExpectingSuccessAsync(HttpMethod.Post, $"/v1.0/state/{Escape(storeName)}/transaction", body, cancellationToken).ConfigureAwait(false)).Dispose();
    }

    private static string ItemPath(string storeName, string key) => $"/v1.0/state/{Escape(storeName)}/{Escape(key)}";

    private async Task<BulkItem[]> BulkGetAsync(string storeName, IReadOnlyList<string> keys, int? parallelism, IReadOnlyDictionary<string, string>? metadata, CancellationToken cancellationToken)
    {
        var body = new { Keys = keys, Parallelism = parallelism ?? 0, Metadata = metadata };
        var response = await SendExpectingSuccessAsync(HttpMethod.Post, $"/v1.0/state/{Escape(storeName)}/bulk", body, cancellationToken).ConfigureAwait(false);
        var items = await ReadJsonAsync<BulkItem[]>(response, cancellationToken).ConfigureAwait(false);
        return Array.Find(items, i => i.Error is { Length: > 0 }) is { } failed
            ? throw new DaprException($"Reading state key '{failed.Key}' of '{storeName}' failed: {failed.Error}")
            : items;
    }

    private Task<HttpResponseMessage> SaveAsync<TValue>(string storeName, IReadOnlyList<SaveStateItem<TValue>> items, CancellationToken cancellationToken)
    {
        var body = items.Select(i => new StateRequest(i.Key, i.Value, i.ETag is { Length: > 0 } ? i.ETag : null, i.Metadata, Options(i.StateOptions))).ToArray();
        return SendAsync(HttpMethod.Post, $"/v1.0/state/{Escape(storeName)}", body, cancellationToken);
    }

    private Task<HttpResponseMessage> DeleteAsync(string storeName, string key, string etag, StateOptions? options, IReadOnlyDictionary<string, string>? metadata, CancellationToken cancellationToken)
    {
        var path = WithQuery(ItemPath(storeName, key), metadata, ("concurrency", Name(options?.Concurrency)), ("consistency", Name(options?.Consistency)));
        return etag is { Length: > 0 }
            ? SendAsync(HttpMethod.Delete, path, null, cancellationToken, ("If-Match", etag))
            : SendAsync(HttpMethod.Delete, path, null, cancellationToken);
    }

    private static async Task<bool> SucceededAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.StatusCode == HttpStatusCode.Conflict)
            return false;
        await ThrowOnErrorAsync(response, cancellationToken).ConfigureAwait(false);
        return true;
    }

    private static object? Options(StateOptions? options) =>
        options is null ? null : new { Concurrency = Name(options.Concurrency), Consistency = Name(options.Consistency) };

    private static string? Name(ConsistencyMode? mode) => mode switch
    {
        ConsistencyMode.Eventual => "eventual",
        ConsistencyMode.Strong => "strong",
        _ => null,
    };

    private static string? Name(ConcurrencyMode? mode) => mode switch
    {
        ConcurrencyMode.FirstWrite => "first-write",
        ConcurrencyMode.LastWrite => "last-write",
        _ => null,
    };

    private sealed record StateRequest(string Key, object? Value, string? Etag, IReadOnlyDictionary<string, string>? Metadata, object? Options);

    private sealed record BulkItem(string Key, JsonElement? Data, string? Etag, string? Error);
}
