namespace Deepiri.Gateway.Routing;

/// <summary>Where a request goes: the app, and the path there.</summary>
internal readonly record struct Destination(string AppId, string Path, bool IsAnonymous);

/// <summary>The gateway's routes: a prefix, the app behind it, and the prefix there when it is another one.</summary>
internal static class RouteTable
{
    private static readonly (string Prefix, string AppId, string? Becomes)[] s_routes =
    [
        ("/api/auth", "auth-service", null),
        ("/api/users", "auth-service", null),
        ("/.well-known/jwks.json", "auth-service", null),
        ("/api/tasks", "task-orchestrator", null),
        ("/api/gamification", "engagement-service", null),
        ("/api/analytics", "platform-analytics-service", null),
        ("/api/notifications", "notification-service", null),
        ("/api/integrations", "external-bridge-service", null),
        ("/api/challenges", "challenge-service", null),
        ("/api/sessions", "realtime-gateway", null),
        ("/api/agent/ai-tutor", "cyrex", "/ai-tutor"),
        ("/api/agent/code", "cyrex", "/code"),
        ("/api/agent/challenges", "cyrex", "/challenges"),
        ("/api/agent/models", "cyrex", "/models"),
        ("/api/agent", "cyrex", "/agent"),
    ];

    private static readonly string[] s_anonymous = ["/api/auth/register", "/api/auth/login", "/api/auth/refresh", "/.well-known/jwks.json"];

    /// <summary>The apps that have an API, for the merged OpenAPI document.</summary>
    public static IEnumerable<string> AppIds => s_routes.Select(r => r.AppId).Distinct();

    /// <summary>The prefixes that an app's API has on the gateway, with the prefix that the app itself uses.</summary>
    public static IEnumerable<(string Prefix, string Own)> PrefixesOf(string appId) => s_routes.Where(r => r.AppId == appId).Select(r => (r.Prefix, r.Becomes ?? r.Prefix));

    /// <summary>Finds the route of an escaped path; null when there is none.</summary>
    public static Destination? Find(string path)
    {
        foreach (var (prefix, appId, becomes) in s_routes)
        {
            if (!path.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) || (path.Length > prefix.Length && path[prefix.Length] != '/'))
                continue;
            var target = becomes is null ? path : becomes + path[prefix.Length..];
            return new Destination(appId, target, s_anonymous.Contains(path.TrimEnd('/'), StringComparer.OrdinalIgnoreCase));
        }
        return null;
    }
}
