using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Deepiri.Gateway.Authentication;

/// <summary>Reads keys from a JWKS document, without the discovery document that OpenID Connect has before it.</summary>
internal sealed class JwksRetriever : IConfigurationRetriever<OpenIdConnectConfiguration>
{
    private OpenIdConnectConfiguration? _latest;

    /// <summary>The keys that came last; null before the first. To ask for them waits for nothing.</summary>
    public OpenIdConnectConfiguration? Latest => Volatile.Read(ref _latest);

    public async Task<OpenIdConnectConfiguration> GetConfigurationAsync(string address, IDocumentRetriever retriever, CancellationToken cancel)
    {
        var configuration = new OpenIdConnectConfiguration { JsonWebKeySet = new JsonWebKeySet(await retriever.GetDocumentAsync(address, cancel)) };
        foreach (var key in configuration.JsonWebKeySet.GetSigningKeys())
            configuration.SigningKeys.Add(key);
        Volatile.Write(ref _latest, configuration);
        return configuration;
    }
}
