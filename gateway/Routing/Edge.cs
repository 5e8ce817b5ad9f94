using Microsoft.AspNetCore.Http.Features;

namespace Deepiri.Gateway.Routing;

/// <summary>What concerns the outside only: the size of bodies, CORS, security headers.</summary>
internal static class Edge
{
    private const long DefaultMaxBodyBytes = 1024 * 1024;

    /// <summary>Files of tasks may be as large as a sidecar passes on.</summary>
    private const string ImportPath = "/api/tasks/import";
    private const long MaxImportBytes = 4_000_000;

    public static void AddEdge(this WebApplicationBuilder builder)
    {
        var limit = builder.Configuration.GetValue("MaxBodyBytes", DefaultMaxBodyBytes);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = limit);
        var origins = builder.Configuration.GetSection("Cors:Origins").Get<string[]>() ?? ["http://localhost:5173"];
        builder.Services.AddCors(cors => cors.AddDefaultPolicy(policy => policy.WithOrigins(origins).AllowAnyMethod()
            .WithHeaders("Authorization", "Content-Type", "If-Match", "Idempotency-Key", "X-Request-ID", "X-Requested-With", "X-SignalR-User-Agent")
            .WithExposedHeaders("ETag", "Location", "Retry-After", "X-Request-ID", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
            .AllowCredentials()));
    }

    public static void UseEdge(this WebApplication app)
    {
        app.Use((context, next) =>
        {
            var headers = context.Response.Headers;
            headers.XContentTypeOptions = "nosniff";
            headers.XFrameOptions = "DENY";
            headers["Referrer-Policy"] = "no-referrer";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers.ContentSecurityPolicy = "default-src 'self'; frame-ancestors 'none'";
            return next(context);
        });
        app.Use((context, next) =>
        {
            if (context.Request.Path.Equals(ImportPath, StringComparison.OrdinalIgnoreCase) && context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false, MaxRequestBodySize: < MaxImportBytes } size)
                size.MaxRequestBodySize = MaxImportBytes;
            return next(context);
        });
        app.UseCors();
    }
}
