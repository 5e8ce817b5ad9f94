using Microsoft.Extensions.Options;

namespace Deepiri.Gateway.RateLimiting;

/// <summary>Options under <c>RateLimits</c>.</summary>
internal sealed class RateLimitOptions
{
    /// <summary>Requests that a client may make in a minute: 100 by default. A client is a user, or for anonymous requests an address.</summary>
    public int PermitsPerMinute { get; set; } = 100;

    /// <summary>Other numbers for some paths, by prefix; the longest prefix that fits counts, each with a count of its own.</summary>
    public Dictionary<string, int> Routes { get; set; } = new() { ["/api/auth/login"] = 20, ["/api/auth/register"] = 20 };
}

internal sealed class RateLimitOptionsValidator : IValidateOptions<RateLimitOptions>
{
    public ValidateOptionsResult Validate(string? name, RateLimitOptions options)
    {
        var faults = new List<string>();
        if (options.PermitsPerMinute < 1)
            faults.Add("RateLimits:PermitsPerMinute must be at least 1.");
        faults.AddRange(options.Routes.Where(r => r.Value < 1 || !r.Key.StartsWith('/')).Select(r => $"RateLimits:Routes:{r.Key} must be a path such as /api/auth/login with a number of at least 1."));
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
