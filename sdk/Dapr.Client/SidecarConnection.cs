using System.Net;

namespace Dapr.Client;

/// <summary>The HTTP connection of an app to its own sidecar.</summary>
internal static class SidecarConnection
{
    public const string ApiTokenHeader = "dapr-api-token";

    public static HttpClient Create(Uri endpoint, string? apiToken, TimeSpan? timeout)
    {
        var client = new HttpClient(CreateHandler()) { BaseAddress = endpoint };
        if (timeout is { } value)
            client.Timeout = value;
        if (apiToken is not null)
            client.DefaultRequestHeaders.Add(ApiTokenHeader, apiToken);
        return client;
    }

    public static SocketsHttpHandler CreateHandler() => new()
    {
        // Responses pass through as they are: following a redirect or keeping a cookie is the app's business.
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        AutomaticDecompression = DecompressionMethods.None,
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),
    };
}
