using System.Threading.Channels;
using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Redis;
using StackExchange.Redis;

namespace Deepiri.Sidecar.Configuration;

/// <summary><c>configuration.redis</c>: a text for each key, <c>value</c> or <c>value||version</c>; changes come as keyspace notifications.</summary>
internal sealed class RedisConfigurationStore(RedisClient redis, ComponentContext context) : IConfigurationStore, IAsyncDisposable
{
    private const string Separator = "||";
    private const int MostWaiting = 10_000;

    private string ChannelPrefix => $"__keyspace@{redis.DatabaseNumber}__:";

    public static async Task<object> CreateAsync(ComponentContext context, CancellationToken cancellationToken) =>
        new RedisConfigurationStore(await RedisClient.ConnectAsync(context, cancellationToken).ConfigureAwait(false), context);

    public async Task<IReadOnlyDictionary<string, ConfigurationItem>> GetAsync(IReadOnlyList<string> keys, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellationToken)
    {
        if (keys.Count == 0)
            keys = await AllKeysAsync(cancellationToken).ConfigureAwait(false);
        if (keys.Count == 0)
            return new Dictionary<string, ConfigurationItem>();
        // MGET, since it answers nothing for a key that is no text, where GET fails.
        var values = await redis.Database.StringGetAsync([.. keys.Select(k => (RedisKey)k)]).WaitAsync(cancellationToken).ConfigureAwait(false);
        return keys.Zip(values).Where(pair => !pair.Second.IsNullOrEmpty).DistinctBy(pair => pair.First).ToDictionary(pair => pair.First, pair => Item(pair.Second!));
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
            var reply = await redis.Database.ExecuteAsync("SCAN", cursor, "COUNT", 1000, "TYPE", "string").WaitAsync(cancellationToken).ConfigureAwait(false);
            cursor = (string)reply[0]!;
            keys.AddRange((string[])reply[1]!);
        }
        while (cursor != "0");
        return keys;
    }

    private async Task ListenAsync(IReadOnlyList<string> keys, IReadOnlyDictionary<string, string> metadata, ConfigurationHandler handler, Func<bool> isFirst, CancellationToken stop)
    {
        // Without this setting Redis tells nobody of changes, and it forgets it when it restarts.
        await redis.Database.ExecuteAsync("CONFIG", "SET", "notify-keyspace-events", "Kg$xe").WaitAsync(stop).ConfigureAwait(false);
        var connection = await redis.OpenAsync(stop).ConfigureAwait(false);
        await using (connection.ConfigureAwait(false))
        {
            // One at a time, so that the last change told is the last that was made. When too many wait, all is read anew over another connection.
            var changes = Channel.CreateBounded<string>(MostWaiting);
            void Changed(RedisChannel channel, RedisValue kind)
            {
                if (!changes.Writer.TryWrite(((string)channel!)[ChannelPrefix.Length..]))
                    changes.Writer.TryComplete(new RedisException($"more than {MostWaiting} changes wait"));
            }
            connection.ConnectionFailed += (_, failed) => changes.Writer.TryComplete(failed.Exception ?? new RedisException("the connection to Redis has ended"));
            IEnumerable<RedisChannel> channels = keys.Count == 0 ? [RedisChannel.Pattern(ChannelPrefix + "*")] : keys.Select(k => RedisChannel.Literal(ChannelPrefix + k));
            foreach (var channel in channels)
                await connection.GetSubscriber().SubscribeAsync(channel, Changed).WaitAsync(stop).ConfigureAwait(false);
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
