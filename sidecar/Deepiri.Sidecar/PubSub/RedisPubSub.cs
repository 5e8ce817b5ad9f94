using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Redis;

namespace Deepiri.Sidecar.PubSub;

/// <summary>What <c>pubsub.redis</c> is told by its metadata; names and defaults are Dapr's.</summary>
internal sealed record RedisPubSubOptions(string ConsumerId, int Concurrency, int QueueDepth, TimeSpan ProcessingTimeout, TimeSpan RedeliverInterval, int MaxLenApprox, TimeSpan StreamTtl)
{
    public static readonly string[] MetadataNames = [.. RedisOptions.MetadataNames, "consumerID", "concurrency", "queueDepth", "processingTimeout", "redeliverInterval", "maxLenApprox", "streamTTL"];

    public static RedisPubSubOptions Of(ComponentContext context)
    {
        var metadata = context.Metadata;
        return new RedisPubSubOptions(metadata.Text("consumerID") ?? context.AppId, metadata.Number("concurrency", 10, 1), metadata.Number("queueDepth", 100, 1),
            metadata.Milliseconds("processingTimeout", TimeSpan.FromSeconds(60)), metadata.Milliseconds("redeliverInterval", TimeSpan.FromSeconds(15)),
            metadata.Number("maxLenApprox", 0, 0), metadata.Milliseconds("streamTTL", TimeSpan.Zero));
    }
}

/// <summary><c>pubsub.redis</c>: a stream for each topic and a consumer group for each app.</summary>
internal sealed class RedisPubSub(RedisClient redis, RedisPubSubOptions options, ComponentContext context) : IPubSub, IAsyncDisposable
{
    public const string DataField = "data";

    public static async Task<object> CreateAsync(ComponentContext context, CancellationToken cancellationToken)
    {
        var options = RedisPubSubOptions.Of(context);
        return new RedisPubSub(await RedisClient.ConnectAsync(context, cancellationToken).ConfigureAwait(false), options, context);
    }

    public bool HasMessageTtl => false;

    public async Task PublishAsync(IReadOnlyList<PubSubMessage> messages, CancellationToken cancellationToken)
    {
        if (messages.Count == 0)
            return;
        var batch = redis.Database.CreateBatch();
        var added = messages.Select(m => batch.ExecuteAsync("XADD", [.. Trimmed(m.Topic), "*", DataField, m.Data])).ToList();
        batch.Execute();
        await Task.WhenAll(added).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public async Task<IAsyncDisposable> SubscribeAsync(string topic, MessageHandler handler, CancellationToken cancellationToken)
    {
        var consumer = new RedisConsumer(redis, topic, handler, options, context);
        await consumer.StartAsync().ConfigureAwait(false);
        return new Subscription(consumer.StopAsync);
    }

    public ValueTask DisposeAsync() => redis.DisposeAsync();

    private object[] Trimmed(string topic) => options switch
    {
        { MaxLenApprox: > 0 } => [topic, "MAXLEN", "~", options.MaxLenApprox],
        { StreamTtl.Ticks: > 0 } => [topic, "MINID", "~", (context.Run.Time.GetUtcNow() - options.StreamTtl).ToUnixTimeMilliseconds()],
        _ => [topic],
    };
}
