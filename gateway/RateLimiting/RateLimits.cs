using Deepiri.Gateway.Authentication;
using Deepiri.ServiceDefaults.Errors;
using Microsoft.Extensions.Options;

namespace Deepiri.Gateway.RateLimiting;

/// <summary>Limits how often a client may call, and says so in <c>RateLimit-*</c> headers (draft-ietf-httpapi-ratelimit-headers-06).</summary>
internal static class RateLimits
{
    public static IServiceCollection AddRateLimits(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<RateLimitOptions>().Bind(configuration.GetSection("RateLimits")).ValidateOnStart();
        return services.AddSingleton<IValidateOptions<RateLimitOptions>, RateLimitOptionsValidator>().AddSingleton<FixedWindow>();
    }

    public static void UseRateLimits(this WebApplication app)
    {
        var options = app.Services.GetRequiredService<IOptions<RateLimitOptions>>().Value;
        var window = app.Services.GetRequiredService<FixedWindow>();
        var routes = options.Routes.Values.OrderByDescending(r => r.Path.Length).Select(r => (Prefix: new PathString(r.Path), r.PermitsPerMinute)).ToArray();
        app.Use((context, next) =>
        {
            if (!IsLimited(context.Request.Path))
                return next(context);
            var (prefix, permits) = PolicyOf(context.Request.Path, routes, options.PermitsPerMinute);
            // Where a route has a limit of its own (signing in), an account more must not give an address more guesses.
            var client = prefix.Length > 0 ? AddressOf(context) : context.Features.Get<AccessToken>()?.UserId ?? AddressOf(context);
            var permit = window.Take(prefix + client, permits);
            var headers = context.Response.Headers;
            headers["RateLimit-Limit"] = permits.ToString();
            headers["RateLimit-Remaining"] = permit.Remaining.ToString();
            headers["RateLimit-Reset"] = ((int)Math.Ceiling(permit.Reset.TotalSeconds)).ToString();
            return permit.IsGranted ? next(context) : throw new ApiException(StatusCodes.Status429TooManyRequests, "RATE_LIMITED",
                $"At most {permits} requests a minute are allowed here. Try again in {Math.Ceiling(permit.Reset.TotalSeconds)} s.", retryable: true, retryAfter: permit.Reset);
        });
    }

    /// <summary>Health checks and scrapes are not clients.</summary>
    private static bool IsLimited(PathString path) => path != "/health" && path != "/metrics";

    private static (string Prefix, int Permits) PolicyOf(PathString path, (PathString Prefix, int Permits)[] routes, int standard)
    {
        foreach (var (prefix, permits) in routes)
        {
            if (path.StartsWithSegments(prefix))
                return (prefix.Value + " ", permits);
        }
        return ("", standard);
    }

    private static string AddressOf(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "unknown";
}
