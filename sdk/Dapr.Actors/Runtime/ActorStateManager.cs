namespace Dapr.Actors.Runtime;

/// <summary>Where the values of one actor are kept.</summary>
internal interface IActorStateStore
{
    Task<(bool Exists, T Value, DateTimeOffset? Expires)> ReadAsync<T>(string name, CancellationToken cancellationToken);

    Task SaveAsync(IReadOnlyList<ActorStateChange> changes, CancellationToken cancellationToken);
}

/// <summary>A value to save, or to delete.</summary>
internal sealed record ActorStateChange(string Name, bool IsDelete, Type? Type, object? Value, TimeSpan? Ttl);

/// <summary>Values in memory, with what was changed since they were saved.</summary>
internal sealed class ActorStateManager(IActorStateStore store, TimeProvider time) : IActorStateManager
{
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    public Task AddStateAsync<T>(string stateName, T value, CancellationToken cancellationToken = default) => AddAsync(stateName, value, null, cancellationToken);

    public Task AddStateAsync<T>(string stateName, T value, TimeSpan ttl, CancellationToken cancellationToken = default) => AddAsync(stateName, value, ttl, cancellationToken);

    public async Task<T> GetStateAsync<T>(string stateName, CancellationToken cancellationToken = default) =>
        await TryGetStateAsync<T>(stateName, cancellationToken).ConfigureAwait(false) is { HasValue: true } found ? found.Value : throw Missing(stateName);

    public Task SetStateAsync<T>(string stateName, T value, CancellationToken cancellationToken = default) => Set(stateName, value, null);

    public Task SetStateAsync<T>(string stateName, T value, TimeSpan ttl, CancellationToken cancellationToken = default) => Set(stateName, value, ttl);

    public async Task RemoveStateAsync(string stateName, CancellationToken cancellationToken = default)
    {
        if (!await TryRemoveStateAsync(stateName, cancellationToken).ConfigureAwait(false))
            throw Missing(stateName);
    }

    public Task<bool> TryAddStateAsync<T>(string stateName, T value, CancellationToken cancellationToken = default) => TryAddAsync(stateName, value, null, cancellationToken);

    public Task<bool> TryAddStateAsync<T>(string stateName, T value, TimeSpan ttl, CancellationToken cancellationToken = default) => TryAddAsync(stateName, value, ttl, cancellationToken);

    public async Task<ConditionalValue<T>> TryGetStateAsync<T>(string stateName, CancellationToken cancellationToken = default)
    {
        if (_entries.TryGetValue(stateName, out var entry) && !(entry.Expires <= time.GetUtcNow()))
            return entry.IsDeleted ? default : new ConditionalValue<T>(true, (T)entry.Value!);
        var (exists, value, expires) = await store.ReadAsync<T>(stateName, cancellationToken).ConfigureAwait(false);
        if (!exists)
            return default;
        _entries[stateName] = new Entry(typeof(T), value, null, expires, IsChanged: false, IsDeleted: false);
        return new ConditionalValue<T>(true, value);
    }

    public async Task<bool> TryRemoveStateAsync(string stateName, CancellationToken cancellationToken = default)
    {
        if (!await ContainsStateAsync(stateName, cancellationToken).ConfigureAwait(false))
            return false;
        _entries[stateName] = new Entry(null, null, null, null, IsChanged: true, IsDeleted: true);
        return true;
    }

    public async Task<bool> ContainsStateAsync(string stateName, CancellationToken cancellationToken = default)
    {
        if (_entries.TryGetValue(stateName, out var entry) && !(entry.Expires <= time.GetUtcNow()))
            return !entry.IsDeleted;
        // Only whether it is there matters: it is read again, as what it is, when somebody wants it.
        return (await store.ReadAsync<System.Text.Json.JsonElement>(stateName, cancellationToken).ConfigureAwait(false)).Exists;
    }

    public Task<T> GetOrAddStateAsync<T>(string stateName, T value, CancellationToken cancellationToken = default) => GetOrAddAsync(stateName, value, null, cancellationToken);

    public Task<T> GetOrAddStateAsync<T>(string stateName, T value, TimeSpan ttl, CancellationToken cancellationToken = default) => GetOrAddAsync(stateName, value, ttl, cancellationToken);

    public Task<T> AddOrUpdateStateAsync<T>(string stateName, T addValue, Func<string, T, T> updateValueFactory, CancellationToken cancellationToken = default) => AddOrUpdateAsync(stateName, addValue, updateValueFactory, null, cancellationToken);

    public Task<T> AddOrUpdateStateAsync<T>(string stateName, T addValue, Func<string, T, T> updateValueFactory, TimeSpan ttl, CancellationToken cancellationToken = default) => AddOrUpdateAsync(stateName, addValue, updateValueFactory, ttl, cancellationToken);

    public Task ClearCacheAsync(CancellationToken cancellationToken = default)
    {
        _entries.Clear();
        return Task.CompletedTask;
    }

    public async Task SaveStateAsync(CancellationToken cancellationToken = default)
    {
        var changed = _entries.Where(e => e.Value.IsChanged).ToList();
        if (changed.Count == 0)
            return;
        await store.SaveAsync([.. changed.Select(c => new ActorStateChange(c.Key, c.Value.IsDeleted, c.Value.Type, c.Value.Value, c.Value.Ttl))], cancellationToken).ConfigureAwait(false);
        foreach (var (name, entry) in changed)
        {
            if (entry.IsDeleted)
                _entries.Remove(name);
            else
                _entries[name] = entry with { IsChanged = false };
        }
    }

    private static KeyNotFoundException Missing(string name) => new($"The actor has no state '{name}'.");

    private Task Set<T>(string name, T value, TimeSpan? ttl)
    {
        _entries[name] = new Entry(typeof(T), value, ttl, ttl is { } t ? time.GetUtcNow() + t : null, IsChanged: true, IsDeleted: false);
        return Task.CompletedTask;
    }

    private async Task AddAsync<T>(string name, T value, TimeSpan? ttl, CancellationToken cancellationToken)
    {
        if (!await TryAddAsync(name, value, ttl, cancellationToken).ConfigureAwait(false))
            throw new InvalidOperationException($"The actor has a state '{name}' already.");
    }

    private async Task<bool> TryAddAsync<T>(string name, T value, TimeSpan? ttl, CancellationToken cancellationToken)
    {
        if (await ContainsStateAsync(name, cancellationToken).ConfigureAwait(false))
            return false;
        await Set(name, value, ttl).ConfigureAwait(false);
        return true;
    }

    private async Task<T> GetOrAddAsync<T>(string name, T value, TimeSpan? ttl, CancellationToken cancellationToken)
    {
        if (await TryGetStateAsync<T>(name, cancellationToken).ConfigureAwait(false) is { HasValue: true } found)
            return found.Value;
        await Set(name, value, ttl).ConfigureAwait(false);
        return value;
    }

    private async Task<T> AddOrUpdateAsync<T>(string name, T addValue, Func<string, T, T> update, TimeSpan? ttl, CancellationToken cancellationToken)
    {
        var found = await TryGetStateAsync<T>(name, cancellationToken).ConfigureAwait(false);
        var value = found.HasValue ? update(name, found.Value) : addValue;
        await Set(name, value, ttl).ConfigureAwait(false);
        return value;
    }

    private sealed record Entry(Type? Type, object? Value, TimeSpan? Ttl, DateTimeOffset? Expires, bool IsChanged, bool IsDeleted);
}

/// <summary>The values of an actor under a unit test.</summary>
internal sealed class InMemoryActorState : IActorStateStore
{
    private readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);

    public Task<(bool Exists, T Value, DateTimeOffset? Expires)> ReadAsync<T>(string name, CancellationToken cancellationToken) =>
        Task.FromResult(_values.TryGetValue(name, out var value) ? (true, value is T typed ? typed : default!, (DateTimeOffset?)null) : (false, default(T)!, null));

    public Task SaveAsync(IReadOnlyList<ActorStateChange> changes, CancellationToken cancellationToken)
    {
        foreach (var change in changes)
        {
            if (change.IsDelete)
                _values.Remove(change.Name);
            else
                _values[change.Name] = change.Value;
        }
        return Task.CompletedTask;
    }
}
