using System.Net.Sockets;
using System.Threading.RateLimiting;
using Deepiri.Gateway.Realtime;
using Deepiri.ServiceDefaults.Errors;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Model;

namespace Deepiri.Gateway.RateLimiting;

/// <summary>Limits how often a client may call, and how many requests of a client, and to a service, are under way at once.</summary>
internal static class RateLimits
{
    /// <summary>The policy of routes: so many requests at once to one service.</summary>
    public const string ServicePolicy = "service";

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    public static IServiceCollection AddRateLimits(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<RateLimitOptions>().Bind(configuration.GetSection("RateLimits")).ValidateOnStart();
        services.AddSingleton<IValidateOptions<RateLimitOptions>, RateLimitOptionsValidator>().AddSingleton<FixedWindow>();
        services.AddRateLimiter(_ => { });
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<RateLimitOptions>, FixedWindow>((limiter, options, window) =>
        {
            limiter.GlobalLimiter = PartitionedRateLimiter.CreateChained(new RequestsPerMinute(options.Value, window), AtOnceOfUser(options.Value));
            limiter.AddPolicy(ServicePolicy, context => RateLimitPartition.GetConcurrencyLimiter(context.GetEndpoint()!.Metadata.GetMetadata<RouteModel>()!.Config.ClusterId!, _ => AtOnce(options.Value.InFlightPerService)));
            limiter.OnRejected = RefuseAsync;
        });
        return services;
    }

    /// <summary>Who calls: a user, or for anonymous requests an address.</summary>
    public static string ClientOf(HttpContext context) => context.User.Identity?.Name ?? AddressOf(context);

    /// <summary>Of IPv6 the network of 64 bits, in which a client may choose among its addresses.</summary>
    public static string AddressOf(HttpContext context) => context.Connection.RemoteIpAddress switch
    {
        null => "unknown",
        { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false } address => Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)),
        var address => address.ToString(),
    };

    /// <summary>A connection to the hub stays for hours; how many of them there are is the realtime gateway's business.</summary>
    private static PartitionedRateLimiter<HttpContext> AtOnceOfUser(RateLimitOptions options) =>
        PartitionedRateLimiter.Create<HttpContext, string>(context => Hub.IsFor(context.Request)
            ? RateLimitPartition.GetNoLimiter("")
            : RateLimitPartition.GetConcurrencyLimiter(ClientOf(context), _ => AtOnce(context.User.Identity?.Name is null ? options.InFlightPerAddress : options.InFlightPerUser)));

    private static ConcurrencyLimiterOptions AtOnce(int most) => new() { PermitLimit = most, QueueLimit = 0 };

    private static ValueTask RefuseAsync(OnRejectedContext rejected, CancellationToken cancellationToken)
    {
        var error = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var reset)
            ? new ApiException(StatusCodes.Status429TooManyRequests, "RATE_LIMITED", $"Too many requests in this minute. Try again in {Math.Ceiling(reset.TotalSeconds)} s.", retryable: true, retryAfter: reset)
            : new ApiException(StatusCodes.Status503ServiceUnavailable, "OVERLOADED", "Too many requests are under way. Try again in a moment.", retryable: true, retryAfter: s_pause);
        var context = rejected.HttpContext;
        return new ValueTask(ErrorHandler.WriteAsync(context, error, context.RequestServices.GetRequiredService<TimeProvider>()));
    }
}
