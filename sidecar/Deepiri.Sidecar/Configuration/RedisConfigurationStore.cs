using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Redis;

namespace Deepiri.Sidecar.Configuration;

/// <summary><c>configuration.redis</c>: a text for each key, <c>value</c> or <c>value||version</c>; changes come as keyspace notifications.</summary>
internal sealed class RedisConfigurationStore(RedisClient redis, ComponentContext context) : IConfigurationStore, IAsyncDisposable
{
    private const string Separator = "||";
    private const int MostWaiting = 10_000;

    private string ChannelPrefix => $"__keyspace@{redis.Options.Database}__:";

    public static async Task<object> CreateAsync(ComponentContext context, CancellationToken cancellationToken) =>
        new RedisConfigurationStore(await RedisClient.ConnectAsync(context, cancellationToken).ConfigureAwait(false), context);

    public async Task<IReadOnlyDictionary<string, ConfigurationItem>> GetAsync(IReadOnlyList<string> keys, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellationToken)
    {
        if (keys.Count == 0)
            keys = await AllKeysAsync(cancellationToken).ConfigureAwait(false);
        if (keys.Count == 0)
            return new Dictionary<string, ConfigurationItem>();
        // MGET, since it answers nothing for a key that is no text, where GET fails.
        var values = (await redis.ExecuteAsync(["MGET", .. keys.Select(k => (RedisArgument)k)]).WaitAsync(cancellationToken).ConfigureAwait(false)).Items;
        return keys.Zip(values).Where(pair => !pair.Second.IsNull && pair.Second.Bytes.Length > 0).DistinctBy(pair => pair.First).ToDictionary(pair => pair.First, pair => Item(pair.Second.Text));
    }

    public Task<IAsyncDisposable> SubscribeAsync(IReadOnlyList<string> keys, IReadOnlyDictionary<string, string> metadata, ConfigurationHandler handler, CancellationToken cancellationToken) =>
        ConfigurationListener.StartAsync(context, (isFirst, stop) => ListenAsync(keys, metadata, handler, isFirst, stop), cancellationToken);

    public ValueTask DisposeAsync() => redis.DisposeAsync();

    private static ConfigurationItem Item(string text)
    {
        var parts = text.Split(Separator);
        return new(parts[0], parts.Length > 1 ? parts[1] : "", new Dictionary<string, string>());
    }

    private async Task<IReadOnlyList<string>> AllKeysAsync(CancellationToken cancellationToken)
    {
        var keys = new List<string>();
        var cursor = "0";
        do
        {
            var reply = await redis.ExecuteAsync("SCAN", cursor, "COUNT", 1000, "TYPE", "string").WaitAsync(cancellationToken).ConfigureAwait(false);
            cursor = reply.Items[0].Text;
            keys.AddRange(reply.Items[1].Items.Select(k => k.Text));
        }
        while (cursor != "0");
        return keys;
    }

    private async Task ListenAsync(IReadOnlyList<string> keys, IReadOnlyDictionary<string, string> metadata, ConfigurationHandler handler, Func<bool> isFirst, CancellationToken stop)
    {
        // Without this setting Redis tells nobody of changes, and it forgets it when it restarts.
        await redis.ExecuteAsync("CONFIG", "SET", "notify-keyspace-events", "Kg$xe").WaitAsync(stop).ConfigureAwait(false);
        var connection = await redis.OpenAsync(stop).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            // One at a time, so that the last change told is the last that was made. When too many wait, all is read anew over another connection.
            var changes = System.Threading.Channels.Channel.CreateBounded<string>(MostWaiting);
            connection.OnPush = push =>
            {
                if (!changes.Writer.TryWrite(push.Items[^2].Text[ChannelPrefix.Length..]))
                    changes.Writer.TryComplete(new RedisConnectionException($"more than {MostWaiting} changes wait"));
            };
            await using var closing = connection.Closed.Register(() => changes.Writer.TryComplete(new RedisConnectionException("the connection to Redis has ended"))).ConfigureAwait(false);
            if (keys.Count == 0)
                await connection.ExecuteAsync("PSUBSCRIBE", ChannelPrefix + "*").ConfigureAwait(false);
            foreach (var key in keys)
                await connection.ExecuteAsync("SUBSCRIBE", ChannelPrefix + key).ConfigureAwait(false);
            // What changed while the connection was away is told now.
            if (!isFirst())
                await TellAsync(keys, metadata, handler, stop).ConfigureAwait(false);
            await foreach (var key in changes.Reader.ReadAllAsync(stop).ConfigureAwait(false))
                await TellAsync([key], metadata, handler, stop).ConfigureAwait(false);
        }
    }

    private async Task TellAsync(IReadOnlyList<string> keys, IReadOnlyDictionary<string, string> metadata, ConfigurationHandler handler, CancellationToken stop)
    {
        var items = new Dictionary<string, ConfigurationItem>(await GetAsync(keys, metadata, stop).ConfigureAwait(false));
        foreach (var gone in keys.Where(k => !items.ContainsKey(k)))
            items[gone] = new ConfigurationItem("", "", new Dictionary<string, string>());
        if (items.Count > 0)
            await handler(items, stop).ConfigureAwait(false);
    }
}
