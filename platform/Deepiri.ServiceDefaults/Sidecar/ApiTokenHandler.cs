namespace Deepiri.ServiceDefaults.Sidecar;

/// <summary>
/// Adds the API token to calls that have none: <c>SaveBulkStateAsync</c> of Dapr.Client 1.19.0 sends none. OfficialSdkTests fails when an update of the
/// package has changed that; this class can then go.
/// </summary>
internal sealed class ApiTokenHandler(string? token) : DelegatingHandler(new SocketsHttpHandler { EnableMultipleHttp2Connections = true })
{
    private const string Header = "dapr-api-token";

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (token is not null && !request.Headers.Contains(Header))
            request.Headers.Add(Header, token);
        return base.SendAsync(request, cancellationToken);
    }
}
