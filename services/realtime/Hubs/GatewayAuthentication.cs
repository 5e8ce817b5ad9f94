using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Dapr.Client;
using Deepiri.Contracts;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Deepiri.Realtime.Hubs;

/// <summary>
/// The token by which the gateway proves itself: WebSockets do not pass through Dapr, so on the hub's path it stands where elsewhere the
/// sidecar's token does. Both read it from the secret <c>realtime-gateway-token</c>.
/// </summary>
internal sealed class GatewayToken(DaprClient dapr) : IHostedService
{
    private const string SecretStore = "secretstore";
    private const string SecretName = "realtime-gateway-token";

    private byte[] _token = [];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await dapr.WaitForSidecarAsync(cancellationToken);
        var secret = await dapr.GetSecretAsync(SecretStore, SecretName, cancellationToken: cancellationToken);
        _token = Encoding.UTF8.GetBytes(secret[SecretName]);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public bool Matches(string sent) => _token.Length > 0 && CryptographicOperations.FixedTimeEquals(_token, Encoding.UTF8.GetBytes(sent));
}

/// <summary>Takes the user from the gateway's headers, if they are the gateway's.</summary>
internal sealed class GatewayAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, GatewayToken token)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "Gateway";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!token.Matches(Request.Headers[Headers.GatewayToken].ToString()) || Request.Headers[Headers.UserId].ToString() is not { Length: > 0 } userId)
            return Task.FromResult(AuthenticateResult.NoResult());
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, userId)], SchemeName);
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName)));
    }
}
