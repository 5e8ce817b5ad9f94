using System.Collections.Concurrent;

namespace Deepiri.Sidecar.Sqlite;

/// <summary>The run's open databases: components of all apps that name the same file share one writer.</summary>
internal sealed class SqliteDatabases : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<SqliteDatabase>> _open = new(StringComparer.Ordinal);

    /// <summary>Opens a file, or <see cref="SqliteDatabase.InMemory"/>, which is never shared.</summary>
    public SqliteDatabase Open(string path, TimeSpan busyTimeout, bool wal) =>
        _open.GetOrAdd(path == SqliteDatabase.InMemory ? $"{path}{Guid.NewGuid()}" : path, _ => new Lazy<SqliteDatabase>(() => new SqliteDatabase(path, busyTimeout, wal))).Value;

    public async ValueTask DisposeAsync()
    {
        foreach (var database in _open.Values)
            await database.Value.DisposeAsync().ConfigureAwait(false);
        _open.Clear();
    }
}
