namespace Dapr.Client;

/// <summary>How soon a write must be seen by readers.</summary>
public enum ConsistencyMode
{
    /// <summary>Eventually.</summary>
    Eventual,

    /// <summary>At once, by everyone.</summary>
    Strong,
}

/// <summary>Which of two writers of the same item wins.</summary>
public enum ConcurrencyMode
{
    /// <summary>The first; the second gets an ETag mismatch.</summary>
    FirstWrite,

    /// <summary>The last (the default).</summary>
    LastWrite,
}

/// <summary>Options of a write.</summary>
public class StateOptions
{
    /// <summary>Which of two writers wins.</summary>
    public ConcurrencyMode? Concurrency { get; set; }

    /// <summary>How soon readers see the write.</summary>
    public ConsistencyMode? Consistency { get; set; }
}

/// <summary>What an operation of a transaction does.</summary>
public enum StateOperationType
{
    /// <summary>Inserts or replaces.</summary>
    Upsert,

    /// <summary>Deletes.</summary>
    Delete,
}

/// <summary>One operation of a state transaction; <paramref name="value"/> is JSON in UTF-8.</summary>
public sealed class StateTransactionRequest(
    string key,
    byte[]? value,
    StateOperationType operationType,
    string? etag = default,
    IReadOnlyDictionary<string, string>? metadata = default,
    StateOptions? options = default)
{
    /// <summary>The key, without the store's prefix.</summary>
    public string Key { get; } = key ?? throw new ArgumentNullException(nameof(key));

    /// <summary>The value as JSON in UTF-8; null for a delete.</summary>
    public byte[]? Value { get; } = value;

    /// <summary>Upsert or delete.</summary>
    public StateOperationType OperationType { get; } = operationType;

    /// <summary>The ETag the item must still have.</summary>
    public string? ETag { get; } = etag;

    /// <summary>Metadata, for example <c>ttlInSeconds</c> or <c>outbox.projection</c>.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; } = metadata;

    /// <summary>Options of the write.</summary>
    public StateOptions? Options { get; } = options;
}

/// <summary>One item of <see cref="DaprClient.SaveBulkStateAsync"/>.</summary>
public readonly struct SaveStateItem<TValue>(string key, TValue value, string etag, StateOptions? stateOptions = default, IReadOnlyDictionary<string, string>? metadata = default)
{
    /// <summary>The key.</summary>
    public string Key { get; } = key;

    /// <summary>The value.</summary>
    public TValue Value { get; } = value;

    /// <summary>The ETag the item must still have; empty for any.</summary>
    public string ETag { get; } = etag;

    /// <summary>Options of the write.</summary>
    public StateOptions? StateOptions { get; } = stateOptions;

    /// <summary>Metadata of the write.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; } = metadata;
}

/// <summary>One item of <see cref="DaprClient.DeleteBulkStateAsync"/>.</summary>
public readonly struct BulkDeleteStateItem(string key, string etag, StateOptions? stateOptions = default, IReadOnlyDictionary<string, string>? metadata = default)
{
    /// <summary>The key.</summary>
    public string Key { get; } = key;

    /// <summary>The ETag the item must still have; empty for any.</summary>
    public string ETag { get; } = etag;

    /// <summary>Options of the delete.</summary>
    public StateOptions? StateOptions { get; } = stateOptions;

    /// <summary>Metadata of the delete.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; } = metadata;
}

/// <summary>A value of a bulk read, as JSON text.</summary>
public readonly struct BulkStateItem(string key, string value, string etag)
{
    /// <summary>The key.</summary>
    public string Key { get; } = key;

    /// <summary>The value as JSON; empty when the key has none.</summary>
    public string Value { get; } = value;

    /// <summary>The ETag; empty when the key has no value.</summary>
    public string ETag { get; } = etag;
}

/// <summary>A value of a bulk read.</summary>
public readonly struct BulkStateItem<TValue>(string key, TValue value, string etag)
{
    /// <summary>The key.</summary>
    public string Key { get; } = key;

    /// <summary>The value; <c>default</c> when the key has none.</summary>
    public TValue Value { get; } = value;

    /// <summary>The ETag; empty when the key has no value.</summary>
    public string ETag { get; } = etag;
}
