using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Deepiri.Sidecar.Http;

internal static class HttpContextExtensions
{
    private const string MetadataPrefix = "metadata.";
    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The request's metadata: query parameters <c>metadata.{name}</c>.</summary>
    public static Dictionary<string, string> Metadata(this HttpRequest request)
    {
        var metadata = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in request.Query)
        {
            if (name.StartsWith(MetadataPrefix, StringComparison.OrdinalIgnoreCase))
                metadata[name[MetadataPrefix.Length..]] = value.ToString();
        }
        return metadata;
    }

    public static async Task<ReadOnlyMemory<byte>> BodyAsync(this HttpRequest request)
    {
        try
        {
            using var buffer = new MemoryStream((int)Math.Min(request.ContentLength ?? 1024, 1 << 20));
            await request.Body.CopyToAsync(buffer, request.HttpContext.RequestAborted).ConfigureAwait(false);
            return buffer.GetBuffer().AsMemory(0, (int)buffer.Length);
        }
        catch (BadHttpRequestException e)
        {
            throw DaprErrors.BodyRead(e.StatusCode, e.Message);
        }
    }

    public static Task WriteJsonAsync(this HttpResponse response, JsonNode body, int status = 200)
    {
        response.StatusCode = status;
        response.ContentType = "application/json";
        return response.WriteAsync(body.ToJsonString(s_json), response.HttpContext.RequestAborted);
    }

    public static Task NoContent(this HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    /// <summary>The caller's trace context; one is begun when the caller has none.</summary>
    public static (string Parent, string? State) Trace(this HttpRequest request)
    {
        var parent = request.Headers.TraceParent.ToString();
        return parent.Length > 0 ? (parent, request.Headers.TraceState.ToString()) : (TraceContext.NewParent(), null);
    }
}
