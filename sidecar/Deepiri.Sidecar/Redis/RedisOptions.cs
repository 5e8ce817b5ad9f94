using Deepiri.Sidecar.Components;
using StackExchange.Redis;

namespace Deepiri.Sidecar.Redis;

/// <summary>How to reach a Redis server: the metadata that all of Dapr's Redis components share.</summary>
internal sealed record RedisOptions(string Host, int Port, string? Username, string? Password, int Database, bool EnableTls, TimeSpan DialTimeout)
{
    private const int DefaultPort = 6379;

    private static readonly TimeSpan s_answerTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_heartbeat = TimeSpan.FromMilliseconds(200);

    public static readonly string[] MetadataNames = ["redisHost", "redisUsername", "redisPassword", "redisDB", "redisType", "enableTLS", "dialTimeout"];

    public static RedisOptions Of(ComponentMetadata metadata)
    {
        metadata.Choice("redisType", "node");
        var (host, port) = Address(metadata.Required("redisHost"));
        return new RedisOptions(host, port, metadata.Text("redisUsername"), metadata.Text("redisPassword"), metadata.Number("redisDB", 0, 0),
            metadata.Flag("enableTLS"), metadata.Milliseconds("dialTimeout", TimeSpan.FromSeconds(5)));
    }

    /// <summary>What StackExchange.Redis is told.</summary>
    public ConfigurationOptions ToConfiguration() => new()
    {
        EndPoints = { { Host, Port } },
        User = Username,
        Password = Password,
        DefaultDatabase = Database,
        Ssl = EnableTls,
        Protocol = RedisProtocol.Resp2,
        ConnectTimeout = (int)DialTimeout.TotalMilliseconds,
        // Longer than any command of ours blocks at the server.
        AsyncTimeout = (int)s_answerTimeout.TotalMilliseconds,
        KeepAlive = 5,
        HeartbeatInterval = s_heartbeat,
        ReconnectRetryPolicy = new LinearRetry((int)s_heartbeat.TotalMilliseconds),
        // Whoever calls decides whether to try again; a queue would hide the outage.
        BacklogPolicy = BacklogPolicy.FailFast,
        // Configuration stores switch the server's notifications on.
        AllowAdmin = true,
        IncludeDetailInExceptions = false,
    };

    private static (string Host, int Port) Address(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon < 0)
            return (text, DefaultPort);
        return colon > 0 && int.TryParse(text[(colon + 1)..], out var port) && port is > 0 and < 65536 && !text.Contains(',')
            ? (text[..colon].Trim('[', ']'), port)
            : throw new ComponentException($"metadata 'redisHost' must be one host:port, such as localhost:6379, not '{text}'");
    }
}
