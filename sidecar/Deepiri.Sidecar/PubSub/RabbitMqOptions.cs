using Deepiri.Sidecar.Components;

namespace Deepiri.Sidecar.PubSub;

/// <summary>What <c>pubsub.rabbitmq</c> is told by its metadata; names and defaults are Dapr's, but for <see cref="PrefetchCount"/>, which Dapr leaves without a limit.</summary>
internal sealed record RabbitMqOptions(
    Uri Server, string ConsumerId, bool Durable, bool DeletedWhenUnused, bool AutoAck, bool RequeueInFailure, bool Persistent, ushort PrefetchCount,
    TimeSpan ReconnectWait, bool PublisherConfirm, bool EnableDeadLetter, int MaxLen, int MaxLenBytes, string ExchangeKind, bool Parallel, TimeSpan HeartBeat,
    string? ClientName, TimeSpan? Ttl)
{
    public static readonly string[] MetadataNames =
    [
        "connectionString", "host", "hostname", "protocol", "username", "password", "consumerID", "durable", "deletedWhenUnused", "autoAck", "requeueInFailure", "deliveryMode",
        "prefetchCount", "reconnectWaitSeconds", "publisherConfirm", "enableDeadLetter", "maxLen", "maxLenBytes", "exchangeKind", "concurrencyMode", "heartBeat", "clientName", "ttlInSeconds",
    ];

    public static RabbitMqOptions Of(ComponentContext context)
    {
        var metadata = context.Metadata;
        var ttl = metadata.Number("ttlInSeconds", 0, 1);
        return new RabbitMqOptions(Address(metadata), metadata.Text("consumerID") ?? context.AppId, metadata.Flag("durable", true), metadata.Flag("deletedWhenUnused", true),
            metadata.Flag("autoAck"), metadata.Flag("requeueInFailure"), metadata.Choice("deliveryMode", "0", "1", "2") == "2", (ushort)Math.Min(metadata.Number("prefetchCount", 100, 0), ushort.MaxValue),
            metadata.Duration("reconnectWaitSeconds", TimeSpan.FromSeconds(3)), metadata.Flag("publisherConfirm"), metadata.Flag("enableDeadLetter"),
            metadata.Number("maxLen", 0, 0), metadata.Number("maxLenBytes", 0, 0), metadata.Choice("exchangeKind", "fanout", "topic", "direct", "headers"),
            metadata.Choice("concurrencyMode", "parallel", "single") == "parallel", metadata.Duration("heartBeat", TimeSpan.FromSeconds(10)), metadata.Text("clientName"),
            ttl > 0 ? TimeSpan.FromSeconds(ttl) : null);
    }

    private static Uri Address(ComponentMetadata metadata)
    {
        if ((metadata.Text("connectionString") ?? metadata.Text("host")) is { } text)
        {
            return Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "amqp" or "amqps"
                ? uri
                : throw new ComponentException("metadata 'connectionString' must be a URL such as amqp://user:password@localhost:5672");
        }
        var user = metadata.Text("username") is { } name ? $"{Uri.EscapeDataString(name)}:{Uri.EscapeDataString(metadata.Text("password") ?? "")}@" : "";
        return new Uri($"{metadata.Choice("protocol", "amqp", "amqps")}://{user}{metadata.Text("hostname") ?? "localhost"}");
    }
}
