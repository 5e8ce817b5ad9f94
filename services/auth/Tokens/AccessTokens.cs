using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Deepiri.Auth.Users;
using Microsoft.Extensions.Options;

namespace Deepiri.Auth.Tokens;

/// <summary>Issues access tokens: JWTs (RFC 7519) signed with ES256 (RFC 7518), short-lived.</summary>
internal sealed class AccessTokens(SigningKeys keys, IOptions<TokenOptions> options, TimeProvider time)
{
    public string Issue(User user, string role, string sessionId)
    {
        var now = time.GetUtcNow().ToUnixTimeSeconds();
        var key = keys.All[0];
        var header = Encode(new { alg = "ES256", typ = "JWT", kid = key.Id });
        var payload = Encode(new
        {
            iss = options.Value.Issuer,
            aud = options.Value.Audience,
            sub = user.Id,
            name = user.Username,
            role,
            sid = sessionId,
            jti = Guid.CreateVersion7().ToString("N"),
            iat = now,
            nbf = now,
            exp = now + (long)options.Value.AccessTokenLifetime.TotalSeconds,
        });
        var signed = $"{header}.{payload}";
        // The signature's form is JWS's: r and s, 32 bytes each (RFC 7518, section 3.4).
        var signature = key.Key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    private static string Encode<T>(T value) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(value));
}
