using Deepiri.Sidecar.Components;

namespace Deepiri.Sidecar.Redis;

/// <summary>How to reach a Redis server: the metadata that all of Dapr's Redis components share.</summary>
internal sealed record RedisOptions(string Host, int Port, string? Username, string? Password, int Database, bool EnableTls, TimeSpan DialTimeout)
{
    private const int DefaultPort = 6379;

    public static readonly string[] MetadataNames = ["redisHost", "redisUsername", "redisPassword", "redisDB", "redisType", "enableTLS", "dialTimeout"];

    public static RedisOptions Of(ComponentMetadata metadata)
    {
        metadata.Choice("redisType", "node");
        var (host, port) = Address(metadata.Required("redisHost"));
        return new RedisOptions(host, port, metadata.Text("redisUsername"), metadata.Text("redisPassword"), metadata.Number("redisDB", 0, 0),
            metadata.Flag("enableTLS"), metadata.Milliseconds("dialTimeout", TimeSpan.FromSeconds(5)));
    }

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
