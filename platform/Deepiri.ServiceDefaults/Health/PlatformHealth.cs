using System.Text.Json.Serialization;
using Dapr.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Deepiri.ServiceDefaults.Health;

/// <summary>The body of <c>GET /health</c>.</summary>
/// <param name="Status">healthy, degraded or unhealthy.</param>
/// <param name="Service">The service's name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Uptime">For example <c>2h30m15s</c>.</param>
/// <param name="LastCheck">When its components were checked.</param>
/// <param name="Components">The status of each component, by name.</param>
/// <param name="Reasons">What is wrong with components that are not healthy, by name; left out when nothing is.</param>
public sealed record HealthBody(string Status, string Service, string Version, string Uptime,
    [property: JsonPropertyName("last_check")] DateTimeOffset LastCheck, IReadOnlyDictionary<string, string> Components,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<string, string>? Reasons = null);

/// <summary>When this process started serving.</summary>
internal sealed record ProcessStart(DateTimeOffset At);

internal static class PlatformHealth
{
    public static void AddPlatformHealth(this IServiceCollection services)
    {
        services.AddSingleton(provider => new ProcessStart(provider.GetRequiredService<TimeProvider>().GetUtcNow()));
        services.AddHealthChecks().AddCheck<SidecarHealthCheck>("dapr");
    }

    public static void MapPlatformHealth(this IEndpointRouteBuilder endpoints)
    {
        endpoints.ServiceProvider.GetRequiredService<ProcessStart>();
        endpoints.MapGet("/health", async (HealthCheckService checks, ServiceIdentity service, ProcessStart start, TimeProvider time, HttpContext context) =>
        {
            var report = await checks.CheckHealthAsync(context.RequestAborted);
            var now = time.GetUtcNow();
            var body = new HealthBody(Name(report.Status), service.Name, service.Version, Uptime(now - start.At), now,
                report.Entries.ToDictionary(e => e.Key, e => Name(e.Value.Status)), Reasons(report));
            return TypedResults.Json(body, statusCode: report.Status == HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);
        }).ExcludeFromDescription();
    }

    private static Dictionary<string, string>? Reasons(HealthReport report)
    {
        var reasons = report.Entries.Where(e => e.Value is { Status: not HealthStatus.Healthy, Description: not null }).ToDictionary(e => e.Key, e => e.Value.Description!);
        return reasons.Count == 0 ? null : reasons;
    }

    private static string Name(HealthStatus status) => status.ToString().ToLowerInvariant();

    private static string Uptime(TimeSpan time) => $"{(int)time.TotalHours}h{time.Minutes}m{time.Seconds}s";

    private sealed class SidecarHealthCheck(DaprClient dapr) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            await dapr.CheckOutboundHealthAsync(cancellationToken).ConfigureAwait(false)
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy("The Dapr sidecar does not answer.");
    }
}
