using Deepiri.Sidecar.Components;
using StackExchange.Redis;

namespace Deepiri.Sidecar.Redis;

/// <summary>A Redis server as a component uses it: one connection that all its commands share, and which is opened again when it breaks.</summary>
internal sealed class RedisClient : IAsyncDisposable
{
    private readonly RedisOptions _options;
    private readonly ConnectionMultiplexer _connection;

    private RedisClient(RedisOptions options, ConnectionMultiplexer connection)
    {
        (_options, _connection) = (options, connection);
        Database = connection.GetDatabase();
    }

    /// <summary>Where commands go; while the server is away they fail at once.</summary>
    public IDatabase Database { get; }

    /// <summary>The number of the database.</summary>
    public int DatabaseNumber => _options.Database;

    /// <summary>A client for a component.</summary>
    /// <exception cref="RedisException">The server cannot be reached or refuses us.</exception>
    public static async Task<RedisClient> ConnectAsync(ComponentContext context, CancellationToken cancellationToken)
    {
        var options = RedisOptions.Of(context.Metadata);
        return new RedisClient(options, await OpenAsync(options, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>A connection of one's own, for commands that block or subscribe; whoever opens it closes it.</summary>
    public Task<ConnectionMultiplexer> OpenAsync(CancellationToken cancellationToken) => OpenAsync(_options, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _connection.CloseAsync(allowCommandsToComplete: false).ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
    }

    private static async Task<ConnectionMultiplexer> OpenAsync(RedisOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await ConnectionMultiplexer.ConnectAsync(options.ToConfiguration()).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (RedisConnectionException e)
        {
            // The rest of its message is advice on connection strings.
            var reason = e.GetBaseException().Message.Split(" To allow this")[0];
            throw new RedisException($"Redis at {options.Host}:{options.Port} cannot be reached: {reason}", e);
        }
    }
}
