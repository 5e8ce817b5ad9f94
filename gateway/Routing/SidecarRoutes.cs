using Deepiri.Gateway.RateLimiting;
using Deepiri.Gateway.Realtime;
using Deepiri.ServiceDefaults.Sidecar;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace Deepiri.Gateway.Routing;

/// <summary>
/// What routes and clusters of the configuration need not say: a cluster is an app, reached through the sidecar, except for the hub; a route needs a
/// signed-in user, and shares its service's limit of requests at once.
/// </summary>
internal sealed class SidecarRoutes(IConfiguration configuration) : IProxyConfigFilter
{
    /// <summary>Where the hub is unless <c>REALTIME_URL</c> says so.</summary>
    private const string DefaultHub = "http://127.0.0.1:5008";

    /// <summary>How long neither side of a request may be silent. A challenge's generation may be waited for half a minute.</summary>
    private static readonly TimeSpan s_longestSilence = TimeSpan.FromMinutes(1);

    public ValueTask<ClusterConfig> ConfigureClusterAsync(ClusterConfig cluster, CancellationToken cancel) => new(cluster.Destinations is { Count: > 0 } ? cluster : cluster with
    {
        Destinations = new Dictionary<string, DestinationConfig> { ["only"] = new() { Address = cluster.ClusterId == Hub.Cluster ? configuration["REALTIME_URL"] ?? DefaultHub : configuration.DaprHttpEndpoint() } },
        // As Kestrel reads them.
        HttpClient = (cluster.HttpClient ?? new HttpClientConfig()) with { RequestHeaderEncoding = "utf-8" },
        HttpRequest = (cluster.HttpRequest ?? new ForwarderRequestConfig()) with { ActivityTimeout = cluster.HttpRequest?.ActivityTimeout ?? s_longestSilence, Version = new Version(1, 1), VersionPolicy = HttpVersionPolicy.RequestVersionExact },
    });

    public ValueTask<RouteConfig> ConfigureRouteAsync(RouteConfig route, ClusterConfig? cluster, CancellationToken cancel) => new(route with
    {
        AuthorizationPolicy = route.AuthorizationPolicy ?? "default",
        RateLimiterPolicy = route.RateLimiterPolicy ?? (route.ClusterId == Hub.Cluster ? null : RateLimits.ServicePolicy),
    });
}
