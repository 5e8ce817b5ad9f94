namespace Deepiri.Contracts;

/// <summary>Headers of the platform.</summary>
public static class Headers
{
    /// <summary>Who makes the request; set by the gateway only.</summary>
    public const string UserId = "X-User-Id";

    /// <summary>The role: user, admin or service; set by the gateway, or by a service that calls on nobody's behalf.</summary>
    public const string UserRole = "X-User-Role";

    /// <summary>The session (family of refresh tokens) of the access token; set by the gateway only.</summary>
    public const string SessionId = "X-Session-Id";

    /// <summary>Correlates a request, its hops, events and log lines.</summary>
    public const string RequestId = "X-Request-ID";

    /// <summary>The service that answered.</summary>
    public const string ServiceName = "X-Service-Name";

    /// <summary>Its version.</summary>
    public const string ServiceVersion = "X-Service-Version";

    /// <summary>How long it took, for example <c>12.3ms</c>.</summary>
    public const string ResponseTime = "X-Response-Time";

    /// <summary>What the sidecar and its app know each other by.</summary>
    public const string DaprApiToken = "dapr-api-token";

    /// <summary>Which app calls; only sidecars set it.</summary>
    public const string DaprCallerAppId = "dapr-caller-app-id";

    /// <summary>What the gateway shows the realtime gateway, to which it speaks without a sidecar.</summary>
    public const string GatewayToken = "X-Gateway-Token";
}
