using System.Buffers.Text;
using Microsoft.IdentityModel.Tokens;

namespace Deepiri.Auth.Tokens;

/// <summary>The public keys (RFC 7517) by which tokens are verified.</summary>
internal static class JwksApi
{
    public static IServiceCollection AddTokens(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<TokenOptions>().Bind(configuration.GetSection("Tokens")).ValidateOnStart();
        services.AddSingleton<Microsoft.Extensions.Options.IValidateOptions<TokenOptions>, TokenOptionsValidator>();
        services.AddSingleton<SigningKeys>().AddHostedService(provider => provider.GetRequiredService<SigningKeys>());
        services.AddSingleton<Sessions>().AddHostedService(provider => provider.GetRequiredService<Sessions>());
        return services.AddSingleton<AccessTokens>();
    }

    public static void MapJwks(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapGet("/.well-known/jwks.json", (SigningKeys keys) => new KeySet([.. keys.All.Select(ToJwk)])).WithTags("Tokens").WithSummary("The public keys of access tokens");

    private static Jwk ToJwk(ECDsaSecurityKey key)
    {
        var point = key.ECDsa.ExportParameters(includePrivateParameters: false).Q;
        return new Jwk("EC", "P-256", Base64Url.EncodeToString(point.X), Base64Url.EncodeToString(point.Y), key.KeyId, "sig", "ES256");
    }

    internal sealed record KeySet(IReadOnlyList<Jwk> Keys);

    internal sealed record Jwk(string Kty, string Crv, string X, string Y, string Kid, string Use, string Alg);
}
