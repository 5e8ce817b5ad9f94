namespace Deepiri.Sidecar.State;

/// <summary><c>state.in-memory</c>: gone when the sidecar ends, and seen by one app only, as with daprd.</summary>
internal sealed class InMemoryStateStore(TimeProvider time) : IStateStore
{
    private readonly Dictionary<string, StateItem> _items = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private long _lastETag;

    public ValueTask<StateItem?> GetAsync(string key, CancellationToken cancellationToken)
    {
        lock (_lock)
            return ValueTask.FromResult(Find(key));
    }

    public ValueTask<IReadOnlyList<StateItem?>> GetManyAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        lock (_lock)
            return ValueTask.FromResult<IReadOnlyList<StateItem?>>([.. keys.Select(Find)]);
    }

    public Task ExecuteAsync(IReadOnlyList<StateOperation> operations, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            // Each check sees the store as the transaction found it, so checking all before the first write makes it all or nothing.
            foreach (var operation in operations)
                Check(operation);
            foreach (var operation in operations)
                Apply(operation);
        }
        return Task.CompletedTask;
    }

    private StateItem? Find(string key)
    {
        if (!_items.TryGetValue(key, out var item))
            return null;
        if (item.ExpiresAt is null || item.ExpiresAt > time.GetUtcNow())
            return item;
        _items.Remove(key);
        return null;
    }

    private void Check(StateOperation operation)
    {
        var current = Find(operation.Key);
        if (operation.ETag is { Length: > 0 } && operation.ETag != current?.ETag)
            throw ETagMismatchException.Changed(operation, current?.ETag);
        if (operation is { ETag: not { Length: > 0 }, FirstWrite: true, IsDelete: false } && current is not null)
            throw ETagMismatchException.Exists();
    }

    private void Apply(StateOperation operation)
    {
        if (operation.IsDelete)
            _items.Remove(operation.Key);
        else
            _items[operation.Key] = new StateItem(operation.Value, (++_lastETag).ToString(), operation.ExpiresAt(time.GetUtcNow()));
    }
}
