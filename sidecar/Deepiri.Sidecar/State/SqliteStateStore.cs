using System.Security.Cryptography;
using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Sqlite;

namespace Deepiri.Sidecar.State;

/// <summary><c>state.sqlite</c>, with the metadata of Dapr's component of that name.</summary>
internal sealed class SqliteStateStore : IStateStore, IAsyncDisposable
{
    private readonly SqliteDatabase _database;
    private readonly TimeProvider _time;
    private readonly ITimer? _cleanup;
    private readonly string _get;
    private readonly string _insert;
    private readonly string _upsert;
    private readonly string _update;
    private readonly string _delete;
    private readonly string _deleteIfMatch;
    private readonly string _deleteExpired;

    public static readonly string[] MetadataNames = ["connectionString", "url", "tableName", "busyTimeout", "disableWAL", "cleanupInterval", "cleanupIntervalInSeconds"];

    private SqliteStateStore(ComponentContext context)
    {
        var table = Identifier(context.Metadata.Text("tableName") ?? "state");
        _time = context.Run.Time;
        _database = context.Run.Databases.Open(
            context.Metadata.Required("connectionString", "url") is var path && path == SqliteDatabase.InMemory ? path : context.DataFile(path),
            context.Metadata.Duration("busyTimeout", TimeSpan.FromSeconds(2)),
            wal: !context.Metadata.Flag("disableWAL"));

        _get = $"SELECT value, etag, expiration_time FROM {table} WHERE key = ? AND (expiration_time IS NULL OR expiration_time > ?)";
        var row = $"INSERT INTO {table} (key, value, etag, expiration_time) VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value, etag = excluded.etag, expiration_time = excluded.expiration_time";
        _upsert = row;
        // An expired item that is not cleaned up yet does not exist.
        _insert = $"{row} WHERE {table}.expiration_time <= ?";
        _update = $"UPDATE {table} SET value = ?, etag = ?, expiration_time = ? WHERE key = ? AND etag = ? AND (expiration_time IS NULL OR expiration_time > ?)";
        _delete = $"DELETE FROM {table} WHERE key = ?";
        _deleteIfMatch = $"DELETE FROM {table} WHERE key = ? AND etag = ? AND (expiration_time IS NULL OR expiration_time > ?)";
        _deleteExpired = $"DELETE FROM {table} WHERE expiration_time <= ?";
        var interval = context.Metadata.Duration("cleanupInterval", TimeSpan.FromHours(1), "cleanupIntervalInSeconds");
        Schema = $"CREATE TABLE IF NOT EXISTS {table} (key TEXT PRIMARY KEY NOT NULL, value BLOB NOT NULL, etag TEXT NOT NULL, expiration_time INTEGER) WITHOUT ROWID;"
            + $"CREATE INDEX IF NOT EXISTS {table}_expiration ON {table} (expiration_time) WHERE expiration_time IS NOT NULL;";
        if (interval > TimeSpan.Zero)
            _cleanup = _time.CreateTimer(_ => _ = _database.WriteAsync(c => c.Statement(_deleteExpired).Bind(Now()).Run()), null, interval, interval);
    }

    private string Schema { get; }

    public static async Task<object> CreateAsync(ComponentContext context, CancellationToken cancellationToken)
    {
        var store = new SqliteStateStore(context);
        await store._database.WriteAsync(c => c.ExecuteScript(store.Schema), cancellationToken).ConfigureAwait(false);
        return store;
    }

    public ValueTask<StateItem?> GetAsync(string key, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_database.Read(connection => Get(connection, key)));

    public ValueTask<IReadOnlyList<StateItem?>> GetManyAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_database.Read<IReadOnlyList<StateItem?>>(connection => [.. keys.Select(key => Get(connection, key))]));

    public Task ExecuteAsync(IReadOnlyList<StateOperation> operations, CancellationToken cancellationToken) =>
        _database.WriteAsync(connection =>
        {
            foreach (var operation in operations)
                Execute(connection, operation);
        }, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_cleanup is not null)
            await _cleanup.DisposeAsync().ConfigureAwait(false);
    }

    private static string Identifier(string name) => name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') && name.Length > 0 && !char.IsAsciiDigit(name[0])
        ? name
        : throw new ComponentException($"'tableName' must be letters, digits and '_', not '{name}'");

    private long Now() => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private StateItem? Get(SqliteConnection connection, string key)
    {
        var statement = connection.Statement(_get).Bind(key).Bind(Now());
        var item = statement.Step()
            ? new StateItem(statement.Blob(0), statement.Text(1), statement.IsNull(2) ? null : DateTimeOffset.FromUnixTimeMilliseconds(statement.Int64(2)))
            : null;
        statement.Reset();
        return item;
    }

    private void Execute(SqliteConnection connection, StateOperation operation)
    {
        if (operation.IsDelete)
            Delete(connection, operation);
        else
            Save(connection, operation);
    }

    private void Save(SqliteConnection connection, StateOperation operation)
    {
        var etag = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        var expires = operation.ExpiresAt(_time.GetUtcNow())?.ToUnixTimeMilliseconds();
        if (operation.ETag is { Length: > 0 })
        {
            connection.Statement(_update).Bind(operation.Value.Span).Bind(etag).Bind(expires).Bind(operation.Key).Bind(operation.ETag).Bind(Now()).Run();
            ThrowUnlessChanged(connection, operation);
            return;
        }
        var insert = connection.Statement(operation.FirstWrite ? _insert : _upsert).Bind(operation.Key).Bind(operation.Value.Span).Bind(etag).Bind(expires);
        if (!operation.FirstWrite)
        {
            insert.Run();
            return;
        }
        insert.Bind(Now()).Run();
        if (connection.Changes == 0)
            throw ETagMismatchException.Exists();
    }

    private void Delete(SqliteConnection connection, StateOperation operation)
    {
        if (operation.ETag is not { Length: > 0 })
        {
            connection.Statement(_delete).Bind(operation.Key).Run();
            return;
        }
        connection.Statement(_deleteIfMatch).Bind(operation.Key).Bind(operation.ETag).Bind(Now()).Run();
        ThrowUnlessChanged(connection, operation);
    }

    private void ThrowUnlessChanged(SqliteConnection connection, StateOperation operation)
    {
        if (connection.Changes == 0)
            throw ETagMismatchException.Changed(operation, Get(connection, operation.Key)?.ETag);
    }
}
