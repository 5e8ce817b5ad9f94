using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Dapr.Client;

/// <summary><see cref="DaprClient"/> over the sidecar's HTTP API; one file per building block.</summary>
internal sealed partial class DaprHttpClient(HttpClient http, Uri endpoint, string? apiToken, JsonSerializerOptions jsonOptions) : DaprClient
{
    public override JsonSerializerOptions JsonSerializerOptions => jsonOptions;

    public override HttpClient CreateInvokableHttpClient(string? appId = null) =>
        CreateInvokeHttpClient(appId, endpoint.AbsoluteUri, apiToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            http.Dispose();
    }

    private static string Escape(string segment) => Uri.EscapeDataString(segment);

    /// <summary>Appends query parameters and, as <c>metadata.{key}</c>, the request's metadata.</summary>
    private static string WithQuery(string path, IReadOnlyDictionary<string, string>? metadata, params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var query = new StringBuilder(path);
        var separator = '?';
        foreach (var (name, value) in parameters)
        {
            if (value is null)
                continue;
            query.Append(separator).Append(name).Append('=').Append(Escape(value));
            separator = '&';
        }
        foreach (var (name, value) in metadata ?? new Dictionary<string, string>())
        {
            query.Append(separator).Append("metadata.").Append(Escape(name)).Append('=').Append(Escape(value));
            separator = '&';
        }
        return query.ToString();
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? body, CancellationToken cancellationToken, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Content = body as HttpContent ?? (body is null ? null : JsonContent.Create(body, body.GetType(), options: jsonOptions));
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        try
        {
            return await http.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            throw new DaprException($"The Dapr sidecar at {endpoint} did not answer {method} {path}: {e.Message}", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DaprException($"The Dapr sidecar at {endpoint} did not answer {method} {path} within {http.Timeout}.", e);
        }
    }

    private async Task<HttpResponseMessage> SendExpectingSuccessAsync(HttpMethod method, string path, object? body, CancellationToken cancellationToken)
    {
        var response = await SendAsync(method, path, body, cancellationToken).ConfigureAwait(false);
        await ThrowOnErrorAsync(response, cancellationToken).ConfigureAwait(false);
        return response;
    }

    private static async Task ThrowOnErrorAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode)
            return;
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
            throw new DaprException($"The Dapr sidecar answered {(int)response.StatusCode}: {text}",
                new HttpRequestException(text, null, response.StatusCode));
        }
    }

    private async Task<T> ReadJsonAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using (response)
        {
            if (response.StatusCode == HttpStatusCode.NoContent)
                return default!;
            try
            {
                return (await response.Content.ReadFromJsonAsync<T>(jsonOptions, cancellationToken).ConfigureAwait(false))!;
            }
            catch (JsonException e)
            {
                throw new DaprException($"The response is not the JSON of a {typeof(T)}: {e.Message}", e);
            }
        }
    }
}
