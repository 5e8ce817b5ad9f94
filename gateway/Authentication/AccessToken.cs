namespace Deepiri.Gateway.Authentication;

/// <summary>What a valid access token says.</summary>
internal sealed record AccessToken(string UserId, string Role, string? SessionId, DateTimeOffset NotBefore, DateTimeOffset Expires);

/// <summary>Why a token is not accepted.</summary>
internal enum TokenFault
{
    Malformed,
    WrongAlgorithm,
    UnknownKey,
    BadSignature,
    WrongIssuer,
    WrongAudience,
    NotYetValid,
    Expired,
}

/// <summary>Options under <c>Tokens</c>, the same as auth-service's.</summary>
internal sealed class TokenValidationOptions
{
    /// <summary>The expected <c>iss</c>.</summary>
    public string Issuer { get; set; } = "https://auth.deepiri.local";

    /// <summary>The expected <c>aud</c>.</summary>
    public string Audience { get; set; } = "deepiri";

    /// <summary>How far the clocks of issuer and gateway may differ; 10 seconds by default.</summary>
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromSeconds(10);
}
