using System.Security.Cryptography;
using System.Text;
using Dapr.Client;
using Deepiri.ServiceDefaults.Secrets;

namespace Deepiri.Realtime.Hubs;

/// <summary>
/// The token by which the gateway proves itself: WebSockets do not pass through Dapr, so on the hub's path it stands where elsewhere the
/// sidecar's token does. Both read it from the secret <c>realtime-gateway-token</c>.
/// </summary>
internal sealed class GatewayToken(DaprClient dapr) : IHostedService
{
    private const string SecretName = "realtime-gateway-token";

    private byte[] _token = [];

    public async Task StartAsync(CancellationToken cancellationToken) => _token = Encoding.UTF8.GetBytes(await dapr.ReadSecretAsync(SecretName, cancellationToken));

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public bool Matches(string sent) => _token.Length > 0 && CryptographicOperations.FixedTimeEquals(_token, Encoding.UTF8.GetBytes(sent));
}
