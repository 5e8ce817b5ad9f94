using System.Text.RegularExpressions;
using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Postgres;
using Npgsql;

namespace Deepiri.Sidecar.State;

/// <summary><c>state.postgresql</c> v2: the table, the columns and the ETags of Dapr's component of that version.</summary>
internal sealed partial class PostgresStateStore : IStateStore, IAsyncDisposable
{
    public static readonly string[] MetadataNames = [.. PostgresOptions.MetadataNames, "tablePrefix", "metadataTableName", "cleanupInterval", "cleanupIntervalInSeconds"];

    private const string Alive = "(expires_at IS NULL OR expires_at >= now())";

    private readonly NpgsqlDataSource _database;
    private readonly ITimer? _cleanup;
    private readonly string _table;
    private readonly string _metadataTable;
    private readonly string _prefix;

    private PostgresStateStore(ComponentContext context)
    {
        _prefix = Identifier(context, "tablePrefix", "");
        _table = _prefix + "state";
        _metadataTable = Identifier(context, "metadataTableName", "dapr_metadata");
        _database = PostgresOptions.Open(context);
        var interval = context.Metadata.Duration("cleanupInterval", TimeSpan.FromHours(1), "cleanupIntervalInSeconds");
        if (interval > TimeSpan.Zero)
            _cleanup = context.Run.Time.CreateTimer(_ => _ = DeleteExpiredAsync(), null, interval, interval);
    }

    public static async Task<object> CreateAsync(ComponentContext context, CancellationToken cancellationToken)
    {
        var store = new PostgresStateStore(context);
        try
        {
            await store.InitializeAsync(cancellationToken).ConfigureAwait(false);
            return store;
        }
        catch
        {
            await store.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask<StateItem?> GetAsync(string key, CancellationToken cancellationToken) =>
        (await GetManyAsync([key], cancellationToken).ConfigureAwait(false))[0];

    public async ValueTask<IReadOnlyList<StateItem?>> GetManyAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        if (keys.Count == 0)
            return [];
        var found = new Dictionary<string, StateItem>(StringComparer.Ordinal);
        var command = _database.CreateCommand($"SELECT key, value, etag, expires_at FROM {_table} WHERE key = ANY($1) AND {Alive}");
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. keys] });
            var rows = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (rows.ConfigureAwait(false))
            {
                while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
                    found[rows.GetString(0)] = new StateItem(rows.GetFieldValue<byte[]>(1), rows.GetGuid(2).ToString(), rows.IsDBNull(3) ? null : rows.GetFieldValue<DateTimeOffset>(3));
            }
        }
        return [.. keys.Select(key => found.GetValueOrDefault(key))];
    }

    public async Task ExecuteAsync(IReadOnlyList<StateOperation> operations, CancellationToken cancellationToken)
    {
        if (operations.Count == 0 || await FindLoserAsync(operations, cancellationToken).ConfigureAwait(false) is not { } loser)
            return;
        throw loser.ETag is { Length: > 0 }
            ? ETagMismatchException.Changed(loser, (await GetAsync(loser.Key, cancellationToken).ConfigureAwait(false))?.ETag)
            : ETagMismatchException.Exists();
    }

    public async ValueTask DisposeAsync()
    {
        if (_cleanup is not null)
            await _cleanup.DisposeAsync().ConfigureAwait(false);
        await _database.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Apps start at the same time, and <c>IF NOT EXISTS</c> alone does not keep them from making a table twice.</summary>
    private async Task InitializeAsync(CancellationToken cancellationToken)
    {
        var command = _database.CreateCommand($"""
            BEGIN;
            SELECT pg_advisory_xact_lock(7312447);
            CREATE TABLE IF NOT EXISTS {_metadataTable} (key text NOT NULL PRIMARY KEY, value text NOT NULL);
            CREATE TABLE IF NOT EXISTS {_table} (key text NOT NULL PRIMARY KEY, value bytea NOT NULL, etag uuid NOT NULL DEFAULT gen_random_uuid(),
              created_at timestamp with time zone NOT NULL DEFAULT now(), updated_at timestamp with time zone, expires_at timestamp with time zone);
            CREATE INDEX IF NOT EXISTS {_table[(_table.IndexOf('.') + 1)..]}_expires_at_idx ON {_table} (expires_at);
            INSERT INTO {_metadataTable} (key, value) VALUES ('migrations-state-v2-{_prefix}', '1') ON CONFLICT (key) DO NOTHING;
            COMMIT;
            """);
        await using (command.ConfigureAwait(false))
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Executes all statements in one go; or none, and says the first operation whose condition did not hold.</summary>
    private async Task<StateOperation?> FindLoserAsync(IReadOnlyList<StateOperation> operations, CancellationToken cancellationToken)
    {
        // An ETag that is no UUID was never given out.
        if (operations.FirstOrDefault(o => o.ETag is { Length: > 0 } && !Guid.TryParse(o.ETag, out _)) is { } stranger)
            return stranger;
        // In the order of their keys, so that two transactions never wait for each other; those of one key stay in order.
        StateOperation[] ordered = [.. operations.OrderBy(o => o.Key, StringComparer.Ordinal)];
        var connection = await _database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var closing = connection.ConfigureAwait(false);
        var transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using var ending = transaction.ConfigureAwait(false);
        var batch = new NpgsqlBatch(connection, transaction);
        await using var disposing = batch.ConfigureAwait(false);
        foreach (var operation in ordered)
            batch.BatchCommands.Add(operation.IsDelete ? Delete(operation) : Save(operation));
        await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        var loser = ordered.Where((operation, i) => IsConditional(operation) && batch.BatchCommands[i].RecordsAffected == 0).FirstOrDefault();
        // What is not committed is rolled back as the transaction is disposed of.
        if (loser is null)
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
        return loser;
    }

    private static bool IsConditional(StateOperation operation) => operation.ETag is { Length: > 0 } || (operation.FirstWrite && !operation.IsDelete);

    private NpgsqlBatchCommand Save(StateOperation operation)
    {
        var expires = operation.TtlInSeconds is > 0 ? $"now() + interval '{operation.TtlInSeconds} seconds'" : "NULL";
        if (operation.ETag is { Length: > 0 })
        {
            return Command($"UPDATE {_table} SET value = $2, updated_at = now(), etag = gen_random_uuid(), expires_at = {expires} WHERE key = $1 AND etag = $3 AND {Alive}",
                new NpgsqlParameter<string> { TypedValue = operation.Key }, Value(operation), new NpgsqlParameter<Guid> { TypedValue = Guid.Parse(operation.ETag) });
        }
        var insert = $"INSERT INTO {_table} AS t (key, value, etag, expires_at) VALUES ($1, $2, gen_random_uuid(), {expires}) ON CONFLICT (key) DO UPDATE SET value = $2, updated_at = now(), etag = gen_random_uuid(), expires_at = {expires}";
        // An expired item that is not cleaned up yet does not exist.
        return Command(operation.FirstWrite ? insert + " WHERE t.expires_at < now()" : insert, new NpgsqlParameter<string> { TypedValue = operation.Key }, Value(operation));
    }

    private NpgsqlBatchCommand Delete(StateOperation operation) => operation.ETag is { Length: > 0 }
        ? Command($"DELETE FROM {_table} WHERE key = $1 AND etag = $2 AND {Alive}", new NpgsqlParameter<string> { TypedValue = operation.Key }, new NpgsqlParameter<Guid> { TypedValue = Guid.Parse(operation.ETag) })
        : Command($"DELETE FROM {_table} WHERE key = $1", new NpgsqlParameter<string> { TypedValue = operation.Key });

    private static NpgsqlParameter Value(StateOperation operation) => new NpgsqlParameter<ReadOnlyMemory<byte>> { TypedValue = operation.Value };

    private static NpgsqlBatchCommand Command(string text, params NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlBatchCommand(text);
        command.Parameters.AddRange(parameters);
        return command;
    }

    private async Task DeleteExpiredAsync()
    {
        try
        {
            var command = _database.CreateCommand($"DELETE FROM {_table} WHERE expires_at < now()");
            await using (command.ConfigureAwait(false))
                await command.ExecuteNonQueryAsync().ConfigureAwait(false);
        }
        catch (Exception e) when (e is NpgsqlException or ObjectDisposedException)
        {
            // Expired items are not seen in any case; the next round cleans up.
        }
    }

    private static string Identifier(ComponentContext context, string name, string fallback) => context.Metadata.Text(name) is not { } text ? fallback
        : Name().IsMatch(text) ? text
        : throw new ComponentException($"metadata '{name}' must be letters, digits and '_', with at most one '.', not '{text}'");

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*([.][A-Za-z0-9_]*)?\\z")]
    private static partial Regex Name();
}
