using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Deepiri.CodeExecution.Checks;

/// <summary>Degraded while code from users is refused.</summary>
internal sealed class SandboxHealthCheck(SandboxMonitor monitor) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        await monitor.FindProblemAsync(cancellationToken).ConfigureAwait(false) is { } problem
            ? HealthCheckResult.Degraded($"Code from users is refused: {problem}. See './deepiri doctor'.")
            : HealthCheckResult.Healthy();
}
