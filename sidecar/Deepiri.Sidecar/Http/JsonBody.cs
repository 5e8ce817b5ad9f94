using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Deepiri.Sidecar.Http;

/// <summary>Request bodies that are JSON.</summary>
internal static class JsonBody
{
    /// <summary>The request's body.</summary>
    /// <exception cref="DaprErrorException">400: it is no JSON, or another kind of it.</exception>
    public static async Task<JsonDocument> JsonAsync(this HttpRequest request, JsonValueKind kind = JsonValueKind.Object)
    {
        var bytes = await request.BodyAsync().ConfigureAwait(false);
        try
        {
            var body = JsonDocument.Parse(bytes);
            return body.RootElement.ValueKind == kind ? body : throw DaprErrors.DeserializingBody($"the body must be a JSON {kind.ToString().ToLowerInvariant()}");
        }
        catch (JsonException e)
        {
            throw DaprErrors.DeserializingBody(e.Message);
        }
    }

    /// <summary>A string of the body; null when it is not there.</summary>
    /// <exception cref="DaprErrorException">400: it is no string.</exception>
    public static string? Text(this JsonElement body, string name) => !body.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw DaprErrors.DeserializingBody($"'{name}' must be a string");
}
