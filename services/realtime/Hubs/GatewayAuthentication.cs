using System.Security.Claims;
using System.Text.Encodings.Web;
using Deepiri.Contracts;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Deepiri.Realtime.Hubs;

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
