using Microsoft.Extensions.Options;

namespace Deepiri.Gateway.Authentication;

/// <summary>Options under <c>Tokens</c>; issuer and audience are the same as auth-service's.</summary>
internal sealed class TokenOptions
{
    /// <summary>The expected <c>iss</c>.</summary>
    public string Issuer { get; set; } = "https://auth.deepiri.local";

    /// <summary>The expected <c>aud</c>.</summary>
    public string Audience { get; set; } = "deepiri";

    /// <summary>How far the clocks of issuer and gateway may differ; 10 seconds by default.</summary>
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often tokens that name an unknown key may have the keys fetched anew: every 10 seconds by default, every second at most.</summary>
    public TimeSpan KeyRefreshInterval { get; set; } = TimeSpan.FromSeconds(10);
}

internal sealed class TokenOptionsValidator : IValidateOptions<TokenOptions>
{
    public ValidateOptionsResult Validate(string? name, TokenOptions options) => options.KeyRefreshInterval >= TimeSpan.FromSeconds(1)
        ? ValidateOptionsResult.Success
        : ValidateOptionsResult.Fail("Tokens:KeyRefreshInterval must be at least 00:00:01.");
}
