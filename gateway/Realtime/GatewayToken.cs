using Dapr.Client;
using Deepiri.ServiceDefaults.Secrets;

namespace Deepiri.Gateway.Realtime;

/// <summary>The token that proves the gateway to the realtime gateway, which it calls without a sidecar between them.</summary>
internal sealed class GatewayToken(DaprClient dapr) : IHostedService
{
    private const string SecretName = "realtime-gateway-token";

    public string Value { get; private set; } = "";

    public async Task StartAsync(CancellationToken cancellationToken) => Value = await dapr.ReadSecretAsync(SecretName, cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

internal static class RealtimeServices
{
    public static IServiceCollection AddRealtime(this IServiceCollection services) =>
        services.AddSingleton<GatewayToken>().AddHostedService(provider => provider.GetRequiredService<GatewayToken>());
}
