using System.Text.Json;
using System.Text.RegularExpressions;
using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Postgres;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Deepiri.Sidecar.Configuration;

/// <summary>
/// <c>configuration.postgresql</c>: a table of <c>key, value, version, metadata</c> that its owner made, and a trigger of theirs that notifies
/// a channel of changes (https://docs.dapr.io/reference/components-reference/supported-configuration-stores/postgresql-configuration-store/).
/// </summary>
internal sealed partial class PostgresConfigurationStore(NpgsqlDataSource database, NpgsqlDataSource listeners, string table, string? channel, ComponentContext context) : IConfigurationStore, IAsyncDisposable
{
    public static readonly string[] MetadataNames = [.. PostgresOptions.MetadataNames, "table", "notifyChannel", "pgNotifyChannel"];

    private readonly ILogger _log = context.Run.Loggers.CreateLogger("sidecar");

    public static async Task<object> CreateAsync(ComponentContext context, CancellationToken cancellationToken)
    {
        var table = Identifier(context.Metadata.Required("table"), "table");
        var channel = (context.Metadata.Text("notifyChannel") ?? context.Metadata.Text("pgNotifyChannel")) is { } name ? Identifier(name, "notifyChannel") : null;
        var database = PostgresOptions.Open(context);
        try
        {
            var command = database.CreateCommand("SELECT to_regclass($1) IS NOT NULL");
            await using (command.ConfigureAwait(false))
            {
                command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = table });
                if (await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not true)
                    throw new ComponentException($"postgreSQL configuration table '{table}' does not exist");
            }
            return new PostgresConfigurationStore(database, PostgresOptions.Open(context, isPooled: false), table, channel, context);
        }
        catch
        {
            await database.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public async Task<IReadOnlyDictionary<string, ConfigurationItem>> GetAsync(IReadOnlyList<string> keys, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellationToken)
    {
        if (keys.FirstOrDefault(k => !Key().IsMatch(k)) is { } bad)
            throw new FormatException($"invalid key : '{bad}'");
        var items = new Dictionary<string, ConfigurationItem>(StringComparer.Ordinal);
        var command = database.CreateCommand($"SELECT key, value, version, metadata::text FROM {table}{(keys.Count == 0 ? "" : " WHERE key = ANY($1)")}");
        await using (command.ConfigureAwait(false))
        {
            if (keys.Count > 0)
                command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. keys] });
            var rows = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (rows.ConfigureAwait(false))
            {
                while (await rows.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    var item = new ConfigurationItem(rows.GetString(1), rows.GetString(2), rows.IsDBNull(3) ? new Dictionary<string, string>() : Pairs(JsonDocument.Parse(rows.GetString(3)).RootElement));
                    // A key may have several versions; the highest holds.
                    if (!items.TryGetValue(rows.GetString(0), out var other) || Version(item) > Version(other))
                        items[rows.GetString(0)] = item;
                }
            }
        }
        return items;
    }

    public Task<IAsyncDisposable> SubscribeAsync(IReadOnlyList<string> keys, IReadOnlyDictionary<string, string> metadata, ConfigurationHandler handler, CancellationToken cancellationToken)
    {
        var listenTo = channel ?? (metadata.GetValueOrDefault("pgNotifyChannel") is { Length: > 0 } name ? Identifier(name, "pgNotifyChannel") : null)
            ?? throw new FormatException($"unable to subscribe to '{context.Spec.Name}'. notifyChannel must be set in component metadata, or pgNotifyChannel in request metadata");
        return ConfigurationListener.StartAsync(context, (isFirst, stop) => ListenAsync(listenTo, keys, handler, isFirst, stop), cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await listeners.DisposeAsync().ConfigureAwait(false);
        await database.DisposeAsync().ConfigureAwait(false);
    }

    private async Task ListenAsync(string listenTo, IReadOnlyList<string> keys, ConfigurationHandler handler, Func<bool> isFirst, CancellationToken stop)
    {
        // Not one of the pool's, which are few and are for those who read.
        var connection = await listeners.OpenConnectionAsync(stop).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            var changes = new Queue<Dictionary<string, ConfigurationItem>>();
            connection.Notification += (_, notification) =>
            {
                if (Change(notification.Payload) is { } change && (keys.Count == 0 || keys.Contains(change.Key)))
                    changes.Enqueue(new Dictionary<string, ConfigurationItem> { [change.Key] = change.Item });
            };
            var command = new NpgsqlCommand($"LISTEN {listenTo}", connection);
            await using (command.ConfigureAwait(false))
                await command.ExecuteNonQueryAsync(stop).ConfigureAwait(false);
            // What changed while the connection was away is told now.
            if (!isFirst() && await GetAsync(keys, new Dictionary<string, string>(), stop).ConfigureAwait(false) is { Count: > 0 } now)
                await handler(now, stop).ConfigureAwait(false);
            while (true)
            {
                while (changes.TryDequeue(out var items))
                    await handler(items, stop).ConfigureAwait(false);
                await connection.WaitAsync(stop).ConfigureAwait(false);
            }
        }
    }

    /// <summary>The row that changed: <c>{"table", "action", "data": {"key", "value", "version", "metadata"}}</c>.</summary>
    private (string Key, ConfigurationItem Item)? Change(string payload)
    {
        try
        {
            using var notification = JsonDocument.Parse(payload);
            var row = notification.RootElement.GetProperty("data");
            string Text(string name) => row.EnumerateObject().FirstOrDefault(p => p.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Value.ToString();
            var metadata = row.EnumerateObject().FirstOrDefault(p => p.Name.Equals("metadata", StringComparison.OrdinalIgnoreCase)).Value;
            return (Text("key"), new ConfigurationItem(Text("value"), Text("version"), Pairs(metadata)));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            Log.ListeningFailed(_log, context.Spec.Name, $"a notification is not what Dapr's trigger sends: {e.Message}");
            return null;
        }
    }

    private static int Version(ConfigurationItem item) => int.TryParse(item.Version, out var version) ? version : -1;

    private static Dictionary<string, string> Pairs(JsonElement metadata) => metadata.ValueKind == JsonValueKind.Object
        ? metadata.EnumerateObject().ToDictionary(p => p.Name, p => p.Value.ToString())
        : [];

    private static string Identifier(string text, string name) => text.Length <= 64 && TableName().IsMatch(text)
        ? text
        : throw new ComponentException($"metadata '{name}' must be at most 64 lower-case letters, digits, '_' and '.', not '{text}'");

    [GeneratedRegex("^[a-z_][a-z0-9_]*([.][a-z0-9_]+)?\\z")]
    private static partial Regex TableName();

    [GeneratedRegex("^[a-zA-Z0-9./_]*\\z")]
    private static partial Regex Key();
}
