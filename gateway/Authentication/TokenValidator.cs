using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace Deepiri.Gateway.Authentication;

/// <summary>
/// Validates access tokens: JWS with ES256 and nothing else (RFC 7515, RFC 7518; RFC 8725 on algorithms), then issuer, audience and times (RFC 7519).
/// </summary>
internal sealed class TokenValidator(KeyCache keys, IOptions<TokenValidationOptions> options, TimeProvider time)
{
    private const int LongestToken = 4096;
    private readonly ValidatedTokens _validated = new();

    /// <summary>The token's contents, or why it is not accepted.</summary>
    public async ValueTask<(AccessToken? Token, TokenFault? Fault)> ValidateAsync(string jwt, CancellationToken cancellationToken)
    {
        var version = keys.Version;
        if (_validated.Find(jwt, version) is { } known)
            return CheckTimes(known);
        AccessToken? token;
        TokenFault? fault;
        try
        {
            (token, fault) = await VerifyAsync(jwt, cancellationToken);
        }
        catch (InvalidOperationException)
        {
            // A string that is no Unicode; JSON text may hold one.
            (token, fault) = (null, TokenFault.Malformed);
        }
        if (token is null)
            return (null, fault);
        _validated.Add(jwt, token, version);
        return CheckTimes(token);
    }

    private async ValueTask<(AccessToken? Token, TokenFault? Fault)> VerifyAsync(string jwt, CancellationToken cancellationToken)
    {
        var parts = jwt.Length <= LongestToken ? jwt.Split('.') : [];
        if (parts.Length != 3 || !TryDecode(parts[0], out var header) || !TryDecode(parts[1], out var payload) || !Base64Url.IsValid(parts[2]))
            return (null, TokenFault.Malformed);
        using (header)
        using (payload)
        {
            // The algorithm is ours to choose, not the token's.
            if (Text(header, "alg") != "ES256" || header.RootElement.TryGetProperty("crit", out _))
                return (null, TokenFault.WrongAlgorithm);
            if (Text(header, "kid") is not { Length: > 0 } kid || await keys.FindAsync(kid, cancellationToken) is not { } key)
                return (null, TokenFault.UnknownKey);
            if (!key.VerifyData(Encoding.ASCII.GetBytes(jwt, 0, parts[0].Length + 1 + parts[1].Length), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation))
                return (null, TokenFault.BadSignature);
            return Read(payload);
        }
    }

    private (AccessToken? Token, TokenFault? Fault) Read(JsonDocument payload)
    {
        if (Text(payload, "iss") != options.Value.Issuer)
            return (null, TokenFault.WrongIssuer);
        if (Text(payload, "aud") != options.Value.Audience)
            return (null, TokenFault.WrongAudience);
        return Text(payload, "sub") is { Length: > 0 } subject && Text(payload, "role") is { Length: > 0 } role && Time(payload, "exp") is { } expires
            ? (new AccessToken(subject, role, Text(payload, "sid"), Time(payload, "nbf") ?? DateTimeOffset.MinValue, expires), null)
            : (null, TokenFault.Malformed);
    }

    private (AccessToken? Token, TokenFault? Fault) CheckTimes(AccessToken token)
    {
        var now = time.GetUtcNow();
        if (token.Expires + options.Value.ClockSkew <= now)
            return (null, TokenFault.Expired);
        return token.NotBefore > now + options.Value.ClockSkew ? (null, TokenFault.NotYetValid) : (token, null);
    }

    private static bool TryDecode(string part, out JsonDocument document)
    {
        document = null!;
        if (!Base64Url.IsValid(part))
            return false;
        try
        {
            document = JsonDocument.Parse(Base64Url.DecodeFromChars(part));
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string? Text(JsonDocument document, string name) =>
        document.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static DateTimeOffset? Time(JsonDocument document, string name) =>
        document.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var seconds) && seconds is > 0 and < 253_402_300_800
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;
}
