using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Deepiri.ServiceDefaults.Telemetry;

/// <summary>
/// OpenTelemetry: metrics as Prometheus text at <c>/metrics</c>, logs as JSON lines; and with <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> also traces, metrics and
/// logs by OTLP. Protocol, headers, sampling and the rest come from OpenTelemetry's own environment variables.
/// </summary>
internal static class TelemetryExtensions
{
    public const string MetricsPath = "/metrics";

    private const string OtlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string OwnSources = "Deepiri.*";

    private static readonly string[] s_meters = ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.RateLimiting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http"];

    /// <summary>Of the meters that measure every request several times over, these.</summary>
    private static readonly string[] s_instruments =
    [
        "http.server.request.duration", "http.client.request.duration", "kestrel.active_connections", "kestrel.rejected_connections", "aspnetcore.rate_limiting.requests",
    ];

    public static void AddTelemetry(this WebApplicationBuilder builder, ServiceIdentity service)
    {
        builder.Logging.ClearProviders();
        builder.Logging.AddJsonConsole(options =>
        {
            options.IncludeScopes = true;
            options.UseUtcTimestamp = true;
            options.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
        });
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning).AddFilter("System.Net.Http", LogLevel.Warning);

        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(service.Name, serviceVersion: service.Version))
            .WithMetrics(metrics => metrics.AddRuntimeInstrumentation().AddMeter([OwnSources, .. s_meters])
                .AddView(instrument => s_meters.Contains(instrument.Meter.Name) && !s_instruments.Contains(instrument.Name) ? MetricStreamConfiguration.Drop : null)
                .AddPrometheusExporter());
        if (builder.Configuration[OtlpEndpoint] is not { Length: > 0 })
            return;
        telemetry
            .WithTracing(tracing => tracing.AddAspNetCoreInstrumentation().AddHttpClientInstrumentation().AddSource(OwnSources))
            .WithLogging(configureBuilder: null, options => (options.IncludeScopes, options.IncludeFormattedMessage) = (true, true))
            .UseOtlpExporter();
    }

    public static void MapMetrics(this IEndpointRouteBuilder endpoints) => endpoints.MapPrometheusScrapingEndpoint(MetricsPath);
}
