namespace Dapr.Client;

/// <summary>Rewrites <c>http://{app-id}/{path}</c> to the sidecar's <c>/v1.0/invoke/{app-id}/method/{path}</c>.</summary>
internal sealed class InvocationHandler(Uri endpoint, string? apiToken) : DelegatingHandler(SidecarConnection.CreateHandler())
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var original = request.RequestUri ?? throw new ArgumentException("The request has no URI.", nameof(request));
        request.RequestUri = new Uri(endpoint, $"/v1.0/invoke/{original.Host}/method{original.PathAndQuery}");
        if (apiToken is not null)
            request.Headers.TryAddWithoutValidation(SidecarConnection.ApiTokenHeader, apiToken);
        return base.SendAsync(request, cancellationToken);
    }
}
