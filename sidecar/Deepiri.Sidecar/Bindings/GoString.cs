using System.Text.Json;

namespace Deepiri.Sidecar.Bindings;

/// <summary>What Dapr's bindings do with data: over HTTP a text comes as JSON, in quotes, which they take off.</summary>
internal static class GoString
{
    public static ReadOnlyMemory<byte> Unquote(ReadOnlyMemory<byte> data)
    {
        if (data.Length < 2 || data.Span[0] != '"' || data.Span[^1] != '"')
            return data;
        try
        {
            return System.Text.Encoding.UTF8.GetBytes(JsonSerializer.Deserialize<string>(data.Span)!);
        }
        catch (JsonException)
        {
            // Quotes around something else: it is what it is.
            return data;
        }
    }
}
