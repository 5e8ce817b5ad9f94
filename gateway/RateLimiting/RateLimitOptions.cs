using Microsoft.Extensions.Options;

namespace Deepiri.Gateway.RateLimiting;

/// <summary>Options under <c>RateLimits</c>.</summary>
internal sealed class RateLimitOptions
{
    /// <summary>Requests that a client may make in a minute: 100 by default. A client is a user, or for anonymous requests an address.</summary>
    public int PermitsPerMinute { get; set; } = 100;

    /// <summary>Requests of one client that may be under way at once: 100 by default. Connections to the hub do not count.</summary>
    public int InFlightPerUser { get; set; } = 100;

    /// <summary>The same for those who are not signed in, by address: 20 by default.</summary>
    public int InFlightPerAddress { get; set; } = 20;

    /// <summary>Requests to one service that may be under way at once: 500 by default.</summary>
    public int InFlightPerService { get; set; } = 500;

    /// <summary>Other numbers for some paths, by a name of your choice; each has a count of its own, per address. The longest path that fits counts.</summary>
    public Dictionary<string, RouteLimit> Routes { get; set; } = new()
    {
        ["login"] = new RouteLimit { Path = "/api/auth/login", PermitsPerMinute = 20 },
        ["register"] = new RouteLimit { Path = "/api/auth/register", PermitsPerMinute = 20 },
    };
}

/// <summary>The limit of the paths below one.</summary>
internal sealed class RouteLimit
{
    /// <summary>The path, for example <c>/api/auth/login</c>.</summary>
    public string Path { get; set; } = "";

    /// <summary>Requests that a client may make there in a minute.</summary>
    public int PermitsPerMinute { get; set; }
}

internal sealed class RateLimitOptionsValidator : IValidateOptions<RateLimitOptions>
{
    public ValidateOptionsResult Validate(string? name, RateLimitOptions options)
    {
        var faults = new List<string>();
        if (options.PermitsPerMinute < 1)
            faults.Add("RateLimits:PermitsPerMinute must be at least 1.");
        if (options.InFlightPerUser < 1)
            faults.Add("RateLimits:InFlightPerUser must be at least 1.");
        if (options.InFlightPerAddress < 1)
            faults.Add("RateLimits:InFlightPerAddress must be at least 1.");
        if (options.InFlightPerService < 1)
            faults.Add("RateLimits:InFlightPerService must be at least 1.");
        foreach (var (route, limit) in options.Routes)
        {
            if (!limit.Path.StartsWith('/'))
                faults.Add($"RateLimits:Routes:{route}:Path must be a path such as /api/auth/login, not '{limit.Path}'.");
            if (limit.PermitsPerMinute < 1)
                faults.Add($"RateLimits:Routes:{route}:PermitsPerMinute must be at least 1.");
        }
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}
