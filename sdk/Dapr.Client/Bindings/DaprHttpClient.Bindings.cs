using System.Text.Json;

namespace Dapr.Client;

internal sealed partial class DaprHttpClient
{
    private const string MetadataPrefix = "metadata.";

    public override Task InvokeBindingAsync<TRequest>(string bindingName, string operation, TRequest data, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default) =>
        InvokeBindingAsync(CreateRequest(bindingName, operation, data, metadata), cancellationToken);

    public override async Task<TResponse> InvokeBindingAsync<TRequest, TResponse>(string bindingName, string operation, TRequest data, IReadOnlyDictionary<string, string>? metadata = null, CancellationToken cancellationToken = default)
    {
        var response = await InvokeBindingAsync(CreateRequest(bindingName, operation, data, metadata), cancellationToken).ConfigureAwait(false);
        return response.Data.IsEmpty ? default! : JsonSerializer.Deserialize<TResponse>(response.Data.Span, jsonOptions)!;
    }

    public override async Task<BindingResponse> InvokeBindingAsync(BindingRequest request, CancellationToken cancellationToken = default)
    {
        var body = new
        {
            request.Operation,
            Data = request.Data.IsEmpty ? (JsonElement?)null : JsonSerializer.Deserialize<JsonElement>(request.Data.Span),
            request.Metadata,
        };
        using var response = await SendExpectingSuccessAsync(HttpMethod.Post, $"/v1.0/bindings/{Escape(request.BindingName)}", body, cancellationToken).ConfigureAwait(false);
        var metadata = response.Headers.Where(h => h.Key.StartsWith(MetadataPrefix, StringComparison.OrdinalIgnoreCase))
            .ToDictionary(h => h.Key[MetadataPrefix.Length..], h => string.Join(',', h.Value));
        return new BindingResponse(request, await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false), metadata);
    }

    private BindingRequest CreateRequest<T>(string bindingName, string operation, T data, IReadOnlyDictionary<string, string>? metadata)
    {
        var request = new BindingRequest(bindingName, operation) { Data = JsonSerializer.SerializeToUtf8Bytes(data, jsonOptions) };
        foreach (var (name, value) in metadata ?? new Dictionary<string, string>())
            request.Metadata[name] = value;
        return request;
    }
}
