using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Dapr;

/// <summary>Gives a handler the data of a CloudEvent as its request body; structured mode, CloudEvents 1.0 JSON format.</summary>
internal sealed class CloudEventsMiddleware(RequestDelegate next, CloudEventsMiddlewareOptions options)
{
    private const string JsonMediaType = "application/json";

    public Task InvokeAsync(HttpContext context) =>
        MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var contentType)
        && string.Equals(contentType.MediaType, "application/cloudevents+json", StringComparison.OrdinalIgnoreCase)
            ? UnwrapAsync(context)
            : next(context);

    private async Task UnwrapAsync(HttpContext context)
    {
        JsonDocument document;
        try
        {
            document = await JsonDocument.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
        }
        catch (JsonException)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return;
        }

        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                context.Response.StatusCode = StatusCodes.Status400BadRequest;
                return;
            }
            var originalBody = context.Request.Body;
            var originalContentType = context.Request.ContentType;
            var (body, contentType) = Data(document.RootElement);
            ForwardProperties(document.RootElement, context.Request.Headers);
            context.Request.Body = new MemoryStream(body, writable: false);
            context.Request.ContentType = contentType;
            context.Request.ContentLength = body.Length;
            try
            {
                await next(context);
            }
            finally
            {
                context.Request.Body = originalBody;
                context.Request.ContentType = originalContentType;
            }
        }
    }

    private (byte[] Body, string ContentType) Data(JsonElement envelope)
    {
        var declared = envelope.TryGetProperty("datacontenttype", out var type) ? type.GetString() : null;
        if (envelope.TryGetProperty("data_base64", out var base64))
            return (base64.GetBytesFromBase64(), declared ?? "application/octet-stream");
        if (!envelope.TryGetProperty("data", out var data))
            return ([], declared ?? JsonMediaType);

        // Not JSON by its media type: the string is the payload itself, as plain text.
        if (data.ValueKind == JsonValueKind.String && !options.SuppressJsonDecodingOfTextPayloads && !IsJson(declared))
            return (Encoding.UTF8.GetBytes(data.GetString()!), declared!);
        return (Encoding.UTF8.GetBytes(data.GetRawText()), IsJson(declared) ? declared ?? JsonMediaType : JsonMediaType);
    }

    private void ForwardProperties(JsonElement envelope, IHeaderDictionary headers)
    {
        if (!options.ForwardCloudEventPropertiesAsHeaders)
            return;
        foreach (var property in envelope.EnumerateObject())
        {
            if (property.Value.ValueKind is not (JsonValueKind.String or JsonValueKind.Number) || property.Name is "data" or "data_base64" || !IsForwarded(property.Name))
                continue;
            headers[$"Cloudevent.{property.Name.ToLowerInvariant()}"] = property.Value.ToString();
        }
    }

    private bool IsForwarded(string name) =>
        (options.IncludedCloudEventPropertiesAsHeaders?.Contains(name, StringComparer.OrdinalIgnoreCase) ?? true)
        && !(options.ExcludedCloudEventPropertiesFromHeaders?.Contains(name, StringComparer.OrdinalIgnoreCase) ?? false);

    private static bool IsJson(string? contentType) =>
        contentType is null
        || (MediaTypeHeaderValue.TryParse(contentType, out var parsed) && parsed.MediaType is { } media
            && (media.Equals(JsonMediaType, StringComparison.OrdinalIgnoreCase) || media.EndsWith("+json", StringComparison.OrdinalIgnoreCase)));
}
