namespace Dapr.Client;

internal sealed partial class DaprHttpClient
{
    public override Task<bool> CheckHealthAsync(CancellationToken cancellationToken = default) => IsHealthyAsync("/v1.0/healthz", cancellationToken);

    public override Task<bool> CheckOutboundHealthAsync(CancellationToken cancellationToken = default) => IsHealthyAsync("/v1.0/healthz/outbound", cancellationToken);

    public override async Task WaitForSidecarAsync(CancellationToken cancellationToken = default)
    {
        while (!await CheckOutboundHealthAsync(cancellationToken).ConfigureAwait(false))
            await Task.Delay(TimeSpan.FromMilliseconds(500), cancellationToken).ConfigureAwait(false);
    }

    public override async Task ShutdownSidecarAsync(CancellationToken cancellationToken = default) =>
        (await SendExpectingSuccessAsync(HttpMethod.Post, "/v1.0/shutdown", null, cancellationToken).ConfigureAwait(false)).Dispose();

    public override async Task<DaprMetadata> GetMetadataAsync(CancellationToken cancellationToken = default)
    {
        var response = await SendExpectingSuccessAsync(HttpMethod.Get, "/v1.0/metadata", null, cancellationToken).ConfigureAwait(false);
        var body = await ReadJsonAsync<MetadataBody>(response, cancellationToken).ConfigureAwait(false);
        return new DaprMetadata(body.Id, body.Actors ?? [], body.Extended ?? [], body.Components ?? []);
    }

    public override async Task SetMetadataAsync(string attributeName, string attributeValue, CancellationToken cancellationToken = default)
    {
        var path = $"/v1.0/metadata/{Escape(attributeName)}";
        (await SendExpectingSuccessAsync(HttpMethod.Put, path, new StringContent(attributeValue), cancellationToken).ConfigureAwait(false)).Dispose();
    }

    /// <summary>Not reachable is an answer here, not an error.</summary>
    private async Task<bool> IsHealthyAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await SendAsync(HttpMethod.Get, path, null, cancellationToken).ConfigureAwait(false);
            return response.IsSuccessStatusCode;
        }
        catch (DaprException)
        {
            return false;
        }
    }

    private sealed record MetadataBody(string Id, DaprActorMetadata[]? Actors, Dictionary<string, string>? Extended, DaprComponentsMetadata[]? Components);
}
