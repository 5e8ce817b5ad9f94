using System.Threading.RateLimiting;

namespace Deepiri.Gateway.RateLimiting;

/// <summary>
/// Requests of a client in a minute. ASP.NET Core's limiters do not tell a client who may go on when its window ends, which
/// <c>RateLimit-Reset</c> promises (draft-ietf-httpapi-ratelimit-headers-06); so the window is our own.
/// </summary>
internal sealed class RequestsPerMinute(RateLimitOptions options, FixedWindow window) : PartitionedRateLimiter<HttpContext>
{
    private readonly (PathString Path, int Permits)[] _routes = [.. options.Routes.Values.OrderByDescending(r => r.Path.Length).Select(r => (new PathString(r.Path), r.PermitsPerMinute))];

    public override RateLimiterStatistics? GetStatistics(HttpContext resource) => null;

    protected override RateLimitLease AttemptAcquireCore(HttpContext resource, int permitCount)
    {
        // Health checks and scrapes are not clients.
        if (resource.Request.Path == "/health" || resource.Request.Path == "/metrics")
            return new Lease(null);
        // The middleware tries first and then waits; the request is one.
        if (resource.Features.Get<Lease>() is { } known)
            return known;
        var (client, permits) = PolicyOf(resource);
        var permit = window.Take(client, permits);
        resource.Response.OnStarting(() =>
        {
            var headers = resource.Response.Headers;
            headers["RateLimit-Limit"] = permits.ToString();
            headers["RateLimit-Remaining"] = permit.Remaining.ToString();
            headers["RateLimit-Reset"] = ((int)Math.Ceiling(permit.Reset.TotalSeconds)).ToString();
            return Task.CompletedTask;
        });
        var lease = new Lease(permit.IsGranted ? null : permit.Reset);
        resource.Features.Set(lease);
        return lease;
    }

    protected override ValueTask<RateLimitLease> AcquireAsyncCore(HttpContext resource, int permitCount, CancellationToken cancellationToken) => new(AttemptAcquireCore(resource, permitCount));

    private (string Client, int Permits) PolicyOf(HttpContext context)
    {
        foreach (var (path, permits) in _routes)
        {
            // Where a route has a limit of its own (signing in), an account more must not give an address more guesses.
            if (context.Request.Path.StartsWithSegments(path))
                return ($"{path} {RateLimits.AddressOf(context)}", permits);
        }
        return (RateLimits.ClientOf(context), options.PermitsPerMinute);
    }

    /// <param name="retryAfter">When to try again; null when the permit is given.</param>
    private sealed class Lease(TimeSpan? retryAfter) : RateLimitLease
    {
        public override bool IsAcquired => retryAfter is null;

        public override IEnumerable<string> MetadataNames => retryAfter is null ? [] : [MetadataName.RetryAfter.Name];

        public override bool TryGetMetadata(string metadataName, out object? metadata)
        {
            metadata = retryAfter;
            return retryAfter is not null && metadataName == MetadataName.RetryAfter.Name;
        }
    }
}
