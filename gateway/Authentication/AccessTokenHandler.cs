using System.Text.Json;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Deepiri.Gateway.Authentication;

/// <summary>auth-service's keys are not known, so nobody can be recognized.</summary>
internal sealed class KeysUnavailableException(Exception inner) : Exception("The keys of auth-service could not be fetched.", inner);

/// <summary>
/// Validates access tokens, and remembers valid ones, so that a client's next request costs no signature check. A remembered token is checked for
/// its times again, and counts for the set of keys that verified it only: when a key is withdrawn, its tokens go with it. It never waits for keys: made-up
/// tokens that have them fetched from a slow auth-service hold up nobody who is known.
/// </summary>
internal sealed class AccessTokenHandler(JwksRetriever keys, TimeProvider time) : JsonWebTokenHandler, IDisposable
{
    private const int LongestToken = 4096;
    private const int MostRemembered = 20_000;

    /// <summary>The end of the calendar.</summary>
    private const double MaxSeconds = 253_402_300_800;

    private readonly MemoryCache _remembered = new(new MemoryCacheOptions { SizeLimit = MostRemembered });

    public override async Task<TokenValidationResult> ValidateTokenAsync(string token, TokenValidationParameters validationParameters)
    {
        if (token.Length > LongestToken)
            return Invalid(new SecurityTokenMalformedException("The token is too long."));
        if (_remembered.TryGetValue(token, out Remembered? known) && ReferenceEquals(known!.Keys, keys.Latest))
            return CheckTimes(known, validationParameters);
        BaseConfiguration current;
        try
        {
            current = await validationParameters.ConfigurationManager.GetBaseConfigurationAsync(CancellationToken.None);
        }
        catch (InvalidOperationException e)
        {
            return Invalid(new KeysUnavailableException(e));
        }
        var result = await base.ValidateTokenAsync(token, validationParameters);
        if (!result.IsValid)
            return result;
        var jwt = (JsonWebToken)result.SecurityToken;
        if (Fault(jwt) is { } fault)
            return Invalid(fault);
        // The keys may have changed meanwhile; which ones the check went by is not told then, and the next request checks again.
        if (ReferenceEquals(current, keys.Latest) && ReferenceEquals(current, await validationParameters.ConfigurationManager.GetBaseConfigurationAsync(CancellationToken.None)))
            _remembered.Set(token, new Remembered(result, current, jwt.ValidFrom, jwt.ValidTo), new MemoryCacheEntryOptions { Size = 1, AbsoluteExpirationRelativeToNow = Lifetime(jwt, validationParameters) });
        return result;
    }

    public void Dispose() => _remembered.Dispose();

    /// <summary>Checks the times by the platform's clock; set as the parameters' <see cref="TokenValidationParameters.LifetimeValidator"/>.</summary>
    public bool IsAlive(DateTime? notBefore, DateTime? expires, SecurityToken? token, TokenValidationParameters parameters)
    {
        var now = time.GetUtcNow().UtcDateTime;
        // A token without end is none of ours; one whose number is no time gets the latest there is.
        if (expires is null || expires.Value.Year > 9998)
            throw new SecurityTokenNoExpirationException("The token does not expire.");
        if (expires.Value + parameters.ClockSkew <= now)
            throw new SecurityTokenExpiredException("The token has expired.") { Expires = expires.Value };
        return notBefore is not { } begin || begin <= now + parameters.ClockSkew;
    }

    private TokenValidationResult CheckTimes(Remembered known, TokenValidationParameters parameters)
    {
        try
        {
            return IsAlive(known.From, known.To, null, parameters) ? known.Result : Invalid(new SecurityTokenNotYetValidException("The token is not valid yet."));
        }
        catch (SecurityTokenExpiredException e)
        {
            return Invalid(e);
        }
    }

    /// <summary>What the library leaves open: an extension that must be understood (RFC 7515, section 4.1.11), other audiences beside ours, no user.</summary>
    private static SecurityTokenException? Fault(JsonWebToken token) =>
        token.TryGetHeaderValue<object>("crit", out _) ? new SecurityTokenException("Critical extensions are not supported.")
        : HasOddTime(token) ? new SecurityTokenInvalidLifetimeException("exp and nbf are numbers.")
        : token.Audiences.Count() != 1 ? new SecurityTokenInvalidAudienceException("The token is for others, too.")
        : string.IsNullOrEmpty(token.Subject) || !token.TryGetPayloadValue<string>("role", out var role) || string.IsNullOrEmpty(role) ? new SecurityTokenException("The token names no user or no role.")
        : null;

    /// <summary>The library takes a time that it cannot read for none.</summary>
    private static bool HasOddTime(JsonWebToken token)
    {
        using var payload = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(token.EncodedPayload));
        return payload.RootElement.EnumerateObject().Any(claim => claim.Name is JwtRegisteredClaimNames.Exp or JwtRegisteredClaimNames.Nbf && !IsTime(claim.Value));
    }

    private static bool IsTime(JsonElement value) => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds) && Math.Abs(seconds) < MaxSeconds;

    private TimeSpan Lifetime(JsonWebToken token, TokenValidationParameters parameters) =>
        TimeSpan.FromSeconds(Math.Clamp((token.ValidTo + parameters.ClockSkew - time.GetUtcNow().UtcDateTime).TotalSeconds, 1, 3600));

    private static TokenValidationResult Invalid(Exception why) => new() { IsValid = false, Exception = why };

    private sealed record Remembered(TokenValidationResult Result, BaseConfiguration Keys, DateTime From, DateTime To);
}
