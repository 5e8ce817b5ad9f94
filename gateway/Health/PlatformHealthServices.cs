using Dapr.Client;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Deepiri.Gateway.Health;

/// <summary>The services' health as part of the gateway's: a service that is not healthy makes the platform degraded, since the others go on.</summary>
internal static class PlatformHealthServices
{
    public static IServiceCollection AddPlatformMonitor(this IServiceCollection services, IConfiguration configuration)
    {
        var appIds = (configuration["PLATFORM_APPS"] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        services.AddSingleton(provider => new PlatformMonitor(provider.GetRequiredService<DaprClient>(), provider.GetRequiredService<TimeProvider>()) { AppIds = appIds });
        services.AddHostedService(provider => provider.GetRequiredService<PlatformMonitor>());
        var checks = services.AddHealthChecks();
        foreach (var appId in appIds)
            checks.Add(new HealthCheckRegistration(appId, provider => new ServiceCheck(provider.GetRequiredService<PlatformMonitor>(), appId), HealthStatus.Degraded, null));
        return services;
    }

    private sealed class ServiceCheck(PlatformMonitor monitor, string appId) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(monitor.StatusOf(appId) == HealthStatus.Healthy ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded());
    }
}
