using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Redis;
using StackExchange.Redis;

namespace Deepiri.Sidecar.State;

/// <summary>
/// <c>state.redis</c>: a hash for each key, <c>data</c> and <c>version</c>, as Dapr's component keeps it. A transaction is one script, so that
/// it is all or nothing also when an ETag does not match; Dapr's own executes the other operations all the same.
/// </summary>
internal sealed class RedisStateStore(RedisClient redis, TimeProvider time, int? defaultTtl) : IStateStore, IAsyncDisposable
{
    public static readonly string[] MetadataNames = [.. RedisOptions.MetadataNames, "ttlInSeconds"];

    private const int ArgumentsEach = 5;

    // An item that is made anew does not start at 1 again: an ETag from before its deletion must not match.
    private const string Script = """
        for i = 1, #KEYS do
          local at = (i - 1) * 5
          local version = redis.call('HGET', KEYS[i], 'version')
          local etag = ARGV[at + 2]
          if etag ~= '' and etag ~= version then return {i, version or ''} end
          if etag == '' and ARGV[at + 3] == '1' and version then return {i, version} end
        end
        local now = redis.call('TIME')
        for i = 1, #KEYS do
          local at = (i - 1) * 5
          if ARGV[at + 1] == 'delete' then
            redis.call('DEL', KEYS[i])
          else
            redis.call('HSET', KEYS[i], 'data', ARGV[at + 4])
            if redis.call('HEXISTS', KEYS[i], 'version') == 1 then
              redis.call('HINCRBY', KEYS[i], 'version', 1)
            else
              redis.call('HSET', KEYS[i], 'version', now[1] .. string.format('%06d', now[2]))
            end
            if ARGV[at + 5] == '' then
              redis.call('PERSIST', KEYS[i])
            else
              redis.call('EXPIRE', KEYS[i], ARGV[at + 5])
            end
          end
        end
        return false
        """;

    private static readonly RedisValue[] s_fields = ["data", "version"];

    public static async Task<object> CreateAsync(ComponentContext context, CancellationToken cancellationToken)
    {
        var ttl = context.Metadata.Number("ttlInSeconds", 0, -1);
        return new RedisStateStore(await RedisClient.ConnectAsync(context, cancellationToken).ConfigureAwait(false), context.Run.Time, ttl > 0 ? ttl : null);
    }

    public async ValueTask<StateItem?> GetAsync(string key, CancellationToken cancellationToken) =>
        (await GetManyAsync([key], cancellationToken).ConfigureAwait(false))[0];

    public async ValueTask<IReadOnlyList<StateItem?>> GetManyAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        if (keys.Count == 0)
            return [];
        var batch = redis.Database.CreateBatch();
        var items = Task.WhenAll(keys.Select(k => batch.HashGetAsync(k, s_fields)).ToList());
        var expiries = Task.WhenAll(keys.Select(k => batch.KeyTimeToLiveAsync(k)).ToList());
        batch.Execute();
        await Task.WhenAll(items, expiries).WaitAsync(cancellationToken).ConfigureAwait(false);
        return [.. (await items.ConfigureAwait(false)).Zip(await expiries.ConfigureAwait(false), Item)];
    }

    public async Task ExecuteAsync(IReadOnlyList<StateOperation> operations, CancellationToken cancellationToken)
    {
        if (operations.Count == 0)
            return;
        var arguments = new List<RedisValue>(operations.Count * ArgumentsEach);
        foreach (var operation in operations)
            arguments.AddRange([operation.IsDelete ? "delete" : "upsert", operation.ETag ?? "", operation.FirstWrite && !operation.IsDelete ? "1" : "0", operation.Value, Expiry(operation)]);
        var conflict = await redis.Database.ScriptEvaluateAsync(Script, [.. operations.Select(o => (RedisKey)o.Key)], [.. arguments]).WaitAsync(cancellationToken).ConfigureAwait(false);
        if (conflict.IsNull)
            return;
        var loser = operations[(int)conflict[0] - 1];
        throw loser.ETag is { Length: > 0 } ? ETagMismatchException.Changed(loser, (string?)conflict[1] is { Length: > 0 } current ? current : null) : ETagMismatchException.Exists();
    }

    public ValueTask DisposeAsync() => redis.DisposeAsync();

    private string Expiry(StateOperation operation) => (operation.TtlInSeconds ?? defaultTtl) is { } seconds and > 0 ? seconds.ToString() : "";

    private StateItem? Item(RedisValue[] fields, TimeSpan? timeToLive) => fields[1].IsNull ? null : new StateItem(fields[0], fields[1]!, time.GetUtcNow() + timeToLive);
}
