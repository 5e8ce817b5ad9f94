using Deepiri.Sidecar.Components;

namespace Deepiri.Sidecar.Redis;

/// <summary>A Redis server as a component uses it: one connection that all its commands share, opened again when it has broken.</summary>
internal sealed class RedisClient(RedisOptions options) : IAsyncDisposable
{
    private readonly SemaphoreSlim _opening = new(1, 1);
    private readonly CancellationTokenSource _disposed = new();
    private volatile RedisConnection? _connection;

    public RedisOptions Options => options;

    /// <summary>A client for a component; fails when the server cannot be reached or refuses us.</summary>
    public static async Task<RedisClient> ConnectAsync(ComponentContext context, CancellationToken cancellationToken)
    {
        var client = new RedisClient(RedisOptions.Of(context.Metadata));
        try
        {
            await client.SharedAsync().AsTask().WaitAsync(cancellationToken).ConfigureAwait(false);
            return client;
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc cref="RedisConnection.ExecuteAsync"/>
    public async Task<RespValue> ExecuteAsync(params RedisArgument[] command) =>
        await (await SharedAsync().ConfigureAwait(false)).ExecuteAsync(command).ConfigureAwait(false);

    /// <inheritdoc cref="RedisConnection.ExecuteAllAsync"/>
    public async Task<RespValue[]> ExecuteAllAsync(IReadOnlyList<RedisArgument[]> commands) =>
        await (await SharedAsync().ConfigureAwait(false)).ExecuteAllAsync(commands).ConfigureAwait(false);

    /// <summary>Runs a script by its hash; the server gets its text only when it does not know it.</summary>
    public async Task<RespValue> EvaluateAsync(RedisScript script, IReadOnlyList<RedisArgument> keys, IReadOnlyList<RedisArgument> arguments)
    {
        try
        {
            return await ExecuteAsync(["EVALSHA", script.Hash, keys.Count, .. keys, .. arguments]).ConfigureAwait(false);
        }
        catch (RedisException e) when (e.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            return await ExecuteAsync(["EVAL", script.Text, keys.Count, .. keys, .. arguments]).ConfigureAwait(false);
        }
    }

    /// <summary>A connection of one's own, for commands that block or subscribe.</summary>
    public Task<RedisConnection> OpenAsync(CancellationToken cancellationToken) => RedisConnection.OpenAsync(options, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _disposed.CancelAsync().ConfigureAwait(false);
        // One that is just being opened is not left behind.
        await _opening.WaitAsync().ConfigureAwait(false);
        if (_connection is { } connection)
            await connection.DisposeAsync().ConfigureAwait(false);
    }

    private async ValueTask<RedisConnection> SharedAsync()
    {
        if (_connection is { IsOpen: true } open)
            return open;
        await _opening.WaitAsync(_disposed.Token).ConfigureAwait(false);
        try
        {
            if (_connection is { IsOpen: true } other)
                return other;
            if (_connection is { } broken)
                await broken.DisposeAsync().ConfigureAwait(false);
            return _connection = await OpenAsync(_disposed.Token).ConfigureAwait(false);
        }
        finally
        {
            _opening.Release();
        }
    }
}
