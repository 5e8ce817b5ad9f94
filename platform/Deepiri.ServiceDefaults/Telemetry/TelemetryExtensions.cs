using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Deepiri.ServiceDefaults.Telemetry;

/// <summary>Logs as JSON lines, spans by OTLP, metrics as Prometheus text.</summary>
internal static class TelemetryExtensions
{
    private const string OtlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

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

        builder.Services.AddSingleton<PrometheusMetrics>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<PrometheusMetrics>());
        if (builder.Configuration[OtlpEndpoint] is { Length: > 0 })
            builder.Services.AddHostedService(_ => new TraceExport(service));
    }

    public static void MapMetrics(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/metrics", (PrometheusMetrics metrics) => TypedResults.Text(metrics.Render(), "text/plain; version=0.0.4; charset=utf-8")).ExcludeFromDescription();

    /// <summary>
    /// Exports .NET's own spans of requests and calls; sampled as the caller decided, and always when there is none. Endpoint, protocol and
    /// headers come from OpenTelemetry's own environment variables.
    /// </summary>
    private sealed class TraceExport(ServiceIdentity service) : IHostedService
    {
        private TracerProvider? _provider;

        public Task StartAsync(CancellationToken cancellationToken)
        {
            _provider = Sdk.CreateTracerProviderBuilder()
                .SetResourceBuilder(ResourceBuilder.CreateDefault().AddService(service.Name, serviceVersion: service.Version))
                .AddSource("Microsoft.AspNetCore", "System.Net.Http", "Deepiri.*")
                .AddOtlpExporter()
                .Build();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken)
        {
            _provider?.Dispose();
            return Task.CompletedTask;
        }
    }
}
