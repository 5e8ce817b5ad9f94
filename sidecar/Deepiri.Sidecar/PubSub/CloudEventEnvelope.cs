using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Deepiri.Sidecar.PubSub;

/// <summary>What a publisher may set of the envelope (<c>metadata.cloudevent.*</c>).</summary>
internal sealed record CloudEventOverrides(string? Id, string? Source, string? Type, string? TraceId, string? TraceParent, string? TraceState, string? Subject)
{
    public static CloudEventOverrides From(IReadOnlyDictionary<string, string> metadata)
    {
        string? Get(string name) => metadata.TryGetValue($"cloudevent.{name}", out var value) && value.Length > 0 ? value : null;
        return new(Get("id"), Get("source"), Get("type"), Get("traceid"), Get("traceparent"), Get("tracestate"), Get("subject"));
    }
}

/// <summary>Wraps published data in a CloudEvent 1.0, as Dapr does (components-contrib, pubsub/envelope.go).</summary>
internal static class CloudEventEnvelope
{
    public const string ContentType = "application/cloudevents+json";
    private const string DefaultType = "com.dapr.event.sent";

    // Dapr's envelopes are read by machines; escaping more than JSON demands only makes them longer.
    private static readonly JsonWriterOptions s_writer = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Where and when an event is published.</summary>
    public sealed record Publication(string Source, string PubsubName, string Topic, string TraceParent, string? TraceState, DateTimeOffset Time, DateTimeOffset? ExpiresAt);

    /// <summary>An envelope around data of any media type.</summary>
    public static byte[] Wrap(ReadOnlyMemory<byte> data, string? contentType, CloudEventOverrides overrides, Publication publication)
    {
        contentType = string.IsNullOrEmpty(contentType) ? "text/plain" : contentType;
        var buffer = new ArrayBufferWriter<byte>(data.Length + 512);
        using (var writer = new Utf8JsonWriter(buffer, s_writer))
        {
            var traceParent = overrides.TraceParent ?? overrides.TraceId ?? publication.TraceParent;
            writer.WriteStartObject();
            writer.WriteString("id", overrides.Id ?? Guid.NewGuid().ToString());
            writer.WriteString("specversion", "1.0");
            writer.WriteString("datacontenttype", contentType);
            writer.WriteString("source", overrides.Source ?? publication.Source);
            writer.WriteString("type", overrides.Type ?? DefaultType);
            writer.WriteString("topic", publication.Topic);
            writer.WriteString("pubsubname", publication.PubsubName);
            writer.WriteString("traceid", traceParent);
            writer.WriteString("traceparent", traceParent);
            writer.WriteString("tracestate", overrides.TraceState ?? publication.TraceState ?? "");
            writer.WriteString("time", Rfc3339(publication.Time));
            if (overrides.Subject is not null)
                writer.WriteString("subject", overrides.Subject);
            if (publication.ExpiresAt is { } expires)
                writer.WriteString("expiration", Rfc3339(expires));
            WriteData(writer, data, MediaType(contentType));
            writer.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A body that is a CloudEvent already: kept, with what is missing filled in.</summary>
    /// <exception cref="JsonException">The body is not a JSON object.</exception>
    public static byte[] Complete(ReadOnlyMemory<byte> body, Publication publication)
    {
        if (JsonNode.Parse(body.Span) is not JsonObject envelope)
            throw new JsonException("a CloudEvent must be a JSON object");
        envelope["traceid"] = publication.TraceParent;
        envelope["traceparent"] = publication.TraceParent;
        envelope["tracestate"] = publication.TraceState ?? "";
        envelope["topic"] = publication.Topic;
        envelope["pubsubname"] = publication.PubsubName;
        if (publication.ExpiresAt is { } expires)
            envelope["expiration"] = Rfc3339(expires);
        void Fill(string name, string value)
        {
            if (envelope[name] is null)
                envelope[name] = value;
        }
        Fill("source", "Dapr");
        Fill("type", DefaultType);
        Fill("specversion", "1.0");
        Fill("time", Rfc3339(publication.Time));
        return Encoding.UTF8.GetBytes(envelope.ToJsonString());
    }

    /// <summary>What a raw subscription hands to its app: the payload as base64.</summary>
    public static byte[] FromRaw(ReadOnlyMemory<byte> payload, string pubsubName, string topic) => JsonSerializer.SerializeToUtf8Bytes(new JsonObject
    {
        ["id"] = Guid.NewGuid().ToString(),
        ["specversion"] = "1.0",
        ["datacontenttype"] = "application/octet-stream",
        ["source"] = "Dapr",
        ["type"] = DefaultType,
        ["topic"] = topic,
        ["pubsubname"] = pubsubName,
        ["data_base64"] = Convert.ToBase64String(payload.Span),
    });

    /// <summary>An expiration that cannot be read is none.</summary>
    public static bool HasExpired(JsonElement envelope, DateTimeOffset now) =>
        envelope.TryGetProperty("expiration", out var expiration) && expiration.ValueKind == JsonValueKind.String
        && expiration.TryGetDateTimeOffset(out var at) && at < now;

    /// <summary>The media type without its parameters, in lower case.</summary>
    public static string MediaType(string? contentType) => (contentType ?? "").Split(';')[0].Trim().ToLowerInvariant();

    private static string Rfc3339(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private static void WriteData(Utf8JsonWriter writer, ReadOnlyMemory<byte> data, string mediaType)
    {
        if (mediaType == "application/octet-stream")
            writer.WriteBase64String("data_base64", data.Span);
        else if (mediaType == "application/json" && IsJson(data.Span))
        {
            writer.WritePropertyName("data");
            writer.WriteRawValue(data.Span, skipInputValidation: true);
        }
        else
            writer.WriteString("data", Encoding.UTF8.GetString(data.Span));
    }

    private static bool IsJson(ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data);
        try
        {
            return reader.Read() && reader.TrySkip() && !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
