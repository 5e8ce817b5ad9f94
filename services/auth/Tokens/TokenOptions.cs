using Microsoft.Extensions.Options;

namespace Deepiri.Auth.Tokens;

/// <summary>Options under <c>Tokens</c>.</summary>
internal sealed class TokenOptions
{
    /// <summary>The <c>iss</c> claim; the gateway expects the same.</summary>
    public string Issuer { get; set; } = "https://auth.deepiri.local";

    /// <summary>The <c>aud</c> claim; the gateway expects the same.</summary>
    public string Audience { get; set; } = "deepiri";

    /// <summary>How long an access token is valid: 1 minute to 1 hour, 15 minutes by default.</summary>
    public TimeSpan AccessTokenLifetime { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a session lives without a refresh: 1 hour to 90 days, 30 days by default.</summary>
    public TimeSpan RefreshTokenLifetime { get; set; } = TimeSpan.FromDays(30);
}

internal sealed class TokenOptionsValidator : IValidateOptions<TokenOptions>
{
    public ValidateOptionsResult Validate(string? name, TokenOptions options)
    {
        var faults = new List<string>();
        if (options.AccessTokenLifetime < TimeSpan.FromMinutes(1) || options.AccessTokenLifetime > TimeSpan.FromHours(1))
            faults.Add("Tokens:AccessTokenLifetime must lie between 00:01:00 and 01:00:00.");
        if (options.RefreshTokenLifetime < TimeSpan.FromHours(1) || options.RefreshTokenLifetime > TimeSpan.FromDays(90))
            faults.Add("Tokens:RefreshTokenLifetime must lie between 01:00:00 and 90.00:00:00.");
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
