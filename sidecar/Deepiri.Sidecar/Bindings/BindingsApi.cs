using System.Text;
using System.Text.Json;
using Deepiri.Sidecar.Http;
using Microsoft.AspNetCore.Http;

namespace Deepiri.Sidecar.Bindings;

/// <summary>Dapr's output bindings over HTTP: <c>POST /v1.0/bindings/{name}</c>.</summary>
internal sealed class BindingsApi(BindingsService bindings)
{
    public async Task InvokeAsync(HttpContext context, string name)
    {
        using var body = await context.Request.JsonAsync().ConfigureAwait(false);
        var request = new BindingRequest(body.RootElement.Text("operation") ?? "", Data(body.RootElement), Metadata(body.RootElement));
        foreach (var trace in (string[])["traceparent", "tracestate"])
        {
            if (context.Request.Headers.TryGetValue(trace, out var value))
                ((Dictionary<string, string>)request.Metadata).TryAdd(trace, value.ToString());
        }
        try
        {
            var response = await bindings.InvokeAsync(name, request, context.RequestAborted).ConfigureAwait(false);
            Describe(context.Response, response);
            if (response.Data.IsEmpty)
            {
                await context.Response.NoContent().ConfigureAwait(false);
                return;
            }
            context.Response.ContentType = "application/json";
            await context.Response.Body.WriteAsync(response.Data, context.RequestAborted).ConfigureAwait(false);
        }
        catch (BindingException e)
        {
            Describe(context.Response, e.Response);
            var error = DaprErrors.Bindings.Invoke(name, e.Message);
            await context.Response.WriteJsonAsync(error.ToJson(), error.Status).ConfigureAwait(false);
        }
    }

    private static ReadOnlyMemory<byte> Data(JsonElement body) =>
        body.TryGetProperty("data", out var data) && data.ValueKind != JsonValueKind.Null ? Encoding.UTF8.GetBytes(data.GetRawText()) : default;

    private static Dictionary<string, string> Metadata(JsonElement body)
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!body.TryGetProperty("metadata", out var values) || values.ValueKind == JsonValueKind.Null)
            return metadata;
        if (values.ValueKind != JsonValueKind.Object)
            throw DaprErrors.DeserializingBody("'metadata' must be an object");
        foreach (var value in values.EnumerateObject())
            metadata[value.Name] = values.Text(value.Name) ?? "";
        return metadata;
    }

    private static void Describe(HttpResponse to, BindingResponse response)
    {
        foreach (var (name, value) in response.Metadata)
            // A header holds no other text than ASCII.
            to.Headers[$"metadata.{name}"] = Ascii.IsValid(value) ? value : Uri.EscapeDataString(value);
    }
}
