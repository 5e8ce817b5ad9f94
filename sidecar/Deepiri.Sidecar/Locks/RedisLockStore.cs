using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Redis;
using StackExchange.Redis;

namespace Deepiri.Sidecar.Locks;

/// <summary><c>lock.redis</c>: a key per lock, holding its owner.</summary>
internal sealed class RedisLockStore(RedisClient redis) : ILockStore, IAsyncDisposable
{
    private const string Unlock = """
        local owner = redis.call('GET', KEYS[1])
        if not owner then return 1 end
        if owner ~= ARGV[1] then return 2 end
        redis.call('DEL', KEYS[1])
        return 0
        """;

    public static async Task<object> CreateAsync(ComponentContext context, CancellationToken cancellationToken) =>
        new RedisLockStore(await RedisClient.ConnectAsync(context, cancellationToken).ConfigureAwait(false));

    public Task<bool> TryLockAsync(string key, string owner, TimeSpan expiry) => redis.Database.StringSetAsync(key, owner, expiry, When.NotExists);

    public async Task<UnlockStatus> UnlockAsync(string key, string owner) =>
        (UnlockStatus)(int)await redis.Database.ScriptEvaluateAsync(Unlock, [key], [owner]).ConfigureAwait(false);

    public ValueTask DisposeAsync() => redis.DisposeAsync();
}
