using Deepiri.Sidecar.Resiliency;

namespace Deepiri.Sidecar.State;

/// <summary>A stored item; the value is what the app saved, usually JSON.</summary>
internal sealed record StateItem(ReadOnlyMemory<byte> Value, string ETag, DateTimeOffset? ExpiresAt);

/// <summary>One write. With an ETag it is a compare-and-set; with <see cref="FirstWrite"/> and no ETag it only inserts.</summary>
internal sealed record StateOperation(string Key, bool IsDelete, ReadOnlyMemory<byte> Value, string? ETag, bool FirstWrite, int? TtlInSeconds)
{
    public static StateOperation Delete(string key) => new(key, true, default, null, false, null);

    /// <summary>When an item written now expires; a TTL of 0 or less is none.</summary>
    public DateTimeOffset? ExpiresAt(DateTimeOffset now) => TtlInSeconds is > 0 ? now.AddSeconds(TtlInSeconds.Value) : null;
}

/// <summary>A state store component. Keys carry their prefix already.</summary>
internal interface IStateStore
{
    ValueTask<StateItem?> GetAsync(string key, CancellationToken cancellationToken);

    /// <summary>Reads several keys; the answers stand in the order of the keys.</summary>
    ValueTask<IReadOnlyList<StateItem?>> GetManyAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken);

    /// <summary>Executes all operations or none; when this returns, they are durable.</summary>
    /// <exception cref="ETagMismatchException">An item has another ETag than the operation asks for.</exception>
    Task ExecuteAsync(IReadOnlyList<StateOperation> operations, CancellationToken cancellationToken);
}

/// <summary>An item is not what the writer took it for.</summary>
internal sealed class ETagMismatchException(string detail) : Exception($"possible etag mismatch. error from state store: {detail}"), IPermanentFailure
{
    public static ETagMismatchException Changed(StateOperation operation, string? current) => current is null
        ? new($"state not exist or expired for key={operation.Key}")
        : new($"state etag not match for key={operation.Key}: current={current}, expect={operation.ETag}");

    public static ETagMismatchException Exists() => new("item already exists and no etag was passed");
}
