using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Deepiri.Sidecar.Http;

namespace Deepiri.Sidecar.State;

/// <summary>One item of a request to save, or of a transaction: <c>{key, value, etag, metadata, options}</c>.</summary>
internal sealed record StateRequest(string Key, ReadOnlyMemory<byte>? Value, string? ETag, IReadOnlyDictionary<string, string> Metadata, string? Concurrency)
{
    public static StateRequest Read(JsonElement item)
    {
        if (item.ValueKind != JsonValueKind.Object)
            throw DaprErrors.MalformedRequest("each item must be a JSON object");
        if (Text(item, "key") is not { Length: > 0 } key)
            throw DaprErrors.MalformedRequest("\"key\" is a required field");
        var metadata = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        if (item.TryGetProperty("metadata", out var pairs) && pairs.ValueKind == JsonValueKind.Object)
        {
            foreach (var pair in pairs.EnumerateObject())
                metadata[pair.Name] = pair.Value.ToString();
        }
        var options = item.TryGetProperty("options", out var o) && o.ValueKind == JsonValueKind.Object ? o : default;
        return new StateRequest(key,
            item.TryGetProperty("value", out var value) ? JsonMarshal.GetRawUtf8Value(value).ToArray() : null,
            Text(item, "etag"), metadata,
            options.ValueKind == JsonValueKind.Object ? Text(options, "concurrency") : null);
    }

    /// <exception cref="FormatException">The TTL is not a whole number of at least -1.</exception>
    public StateOperation ToOperation(string fullKey, bool isDelete) =>
        new(fullKey, isDelete, Value ?? "null"u8.ToArray(), ETag, IsFirstWrite(Concurrency), isDelete ? null : Ttl(Metadata));

    public static bool IsFirstWrite(string? concurrency) => concurrency switch
    {
        null or "" or "last-write" => false,
        "first-write" => true,
        _ => throw DaprErrors.MalformedRequest($"unrecognized concurrency mode {concurrency}"),
    };

    private static int? Ttl(IReadOnlyDictionary<string, string> metadata) => metadata.GetValueOrDefault("ttlInSeconds") switch
    {
        null or "" => null,
        { } text when int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var ttl) && ttl >= -1 => ttl,
        var text => throw new FormatException($"incorrect value for metadata 'ttlInSeconds': must be -1 or greater, not '{text}'"),
    };

    private static string? Text(JsonElement item, string name) => item.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null
        ? value.ValueKind == JsonValueKind.String ? value.GetString() : throw DaprErrors.MalformedRequest($"\"{name}\" must be a string")
        : null;
}
