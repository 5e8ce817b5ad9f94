namespace Deepiri.Gateway.Realtime;

/// <summary>The hub of the realtime gateway, as the gateway's routes know it.</summary>
internal static class Hub
{
    /// <summary>The cluster of <c>routes.json</c>. It is called directly: Dapr's invocation does not carry WebSockets.</summary>
    public const string Cluster = "realtime";

    /// <summary>Whether a request is for the hub: below <c>/hubs</c>, or an upgrade on <c>/</c>.</summary>
    public static bool IsFor(HttpRequest request) => request.Path.StartsWithSegments("/hubs") || request.Path == "/";
}
