using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.HttpOverrides;

namespace Deepiri.Gateway.Routing;

/// <summary>What concerns the outside only: the size of bodies, CORS, security headers.</summary>
internal static class Edge
{
    private const long DefaultMaxBodyBytes = 1024 * 1024;

    /// <summary>Files of tasks may be as large as a sidecar passes on.</summary>
    private const string ImportPath = "/api/tasks/import";
    private const long MaxImportBytes = 4_000_000;

    /// <summary>Proxies and load balancers in front of the gateway, whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> count: addresses or networks.</summary>
    private const string KnownProxies = "ForwardedHeaders:KnownProxies";

    public static void AddEdge(this WebApplicationBuilder builder)
    {
        var limit = builder.Configuration.GetValue("MaxBodyBytes", DefaultMaxBodyBytes);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = limit);
        builder.Services.Configure<ForwardedHeadersOptions>(options => TrustProxies(options, builder.Configuration.GetSection(KnownProxies).Get<string[]>() ?? []));
        var origins = builder.Configuration.GetSection("Cors:Origins").Get<string[]>() ?? ["http://localhost:5173"];
        builder.Services.AddCors(cors => cors.AddDefaultPolicy(policy => policy.WithOrigins(origins).AllowAnyMethod()
            .WithHeaders("Authorization", "Content-Type", "If-Match", "Idempotency-Key", "X-Request-ID", "X-Requested-With", "X-SignalR-User-Agent")
            .WithExposedHeaders("ETag", "Location", "Retry-After", "X-Request-ID", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
            .AllowCredentials()));
    }

    public static void UseEdge(this WebApplication app)
    {
        app.UseForwardedHeaders();
        app.Use((context, next) =>
        {
            // When the response starts: the exception handler clears what was set before.
            context.Response.OnStarting(() =>
            {
                var headers = context.Response.Headers;
                headers.XContentTypeOptions = "nosniff";
                headers.XFrameOptions = "DENY";
                headers["Referrer-Policy"] = "no-referrer";
                headers["Cross-Origin-Opener-Policy"] = "same-origin";
                headers.ContentSecurityPolicy = "default-src 'self'; frame-ancestors 'none'";
                return Task.CompletedTask;
            });
            return next(context);
        });
        app.Use((context, next) =>
        {
            if (context.Request.Path.StartsWithSegments(ImportPath) && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false, MaxRequestBodySize: < MaxImportBytes } size)
                size.MaxRequestBodySize = MaxImportBytes;
            return next(context);
        });
        app.UseCors();
    }

    /// <summary>Without any, nobody is believed to speak for somebody else.</summary>
    private static void TrustProxies(ForwardedHeadersOptions options, string[] proxies)
    {
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        options.ForwardedHeaders = proxies.Length == 0 ? ForwardedHeaders.None : ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto;
        foreach (var proxy in proxies)
        {
            if (IPAddress.TryParse(proxy, out var address))
                options.KnownProxies.Add(address);
            else if (System.Net.IPNetwork.TryParse(proxy, out var network))
                options.KnownIPNetworks.Add(network);
            else
                throw new InvalidOperationException($"{KnownProxies} has '{proxy}', which is neither an address (10.0.0.5) nor a network (10.0.0.0/8).");
        }
    }
}
