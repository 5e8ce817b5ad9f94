namespace Deepiri.Sidecar;

/// <summary>One app's sidecar: what daprd takes as flags.</summary>
public sealed record SidecarOptions
{
    /// <summary>The app's id (<c>--app-id</c>).</summary>
    public required string AppId { get; init; }

    /// <summary>The app's port (<c>--app-port</c>); null for an app that only calls.</summary>
    public int? AppPort { get; init; }

    /// <summary>The port of the Dapr HTTP API (<c>--dapr-http-port</c>); 0 takes a free one.</summary>
    public int HttpPort { get; init; }

    /// <summary>The port of the Dapr gRPC API (<c>--dapr-grpc-port</c>); 0 takes a free one.</summary>
    public int GrpcPort { get; init; }

    /// <summary>Folders of components, subscriptions and HTTP endpoints (<c>--resources-path</c>).</summary>
    public IReadOnlyList<string> ResourcesPaths { get; init; } = [];

    /// <summary>The Configuration file (<c>--config</c>); null for none.</summary>
    public string? ConfigFile { get; init; }

    /// <summary>What the app must send as <c>dapr-api-token</c> (<c>DAPR_API_TOKEN</c>); null for no check.</summary>
    public string? ApiToken { get; init; }

    /// <summary>What the sidecar sends to the app as <c>dapr-api-token</c> (<c>APP_API_TOKEN</c>); null for nothing.</summary>
    public string? AppToken { get; init; }

    /// <summary>The largest request body in bytes (<c>--max-body-size</c>); 4 MiB by default.</summary>
    public long MaxBodySize { get; init; } = 4 * 1024 * 1024;

    /// <summary>How the app's health is checked (<c>--enable-app-health-check</c>); null for not at all.</summary>
    public AppHealthOptions? AppHealth { get; init; }

    /// <summary>Attributes that <c>GET /v1.0/metadata</c> shows as <c>extended</c>.</summary>
    public IReadOnlyDictionary<string, string> Extended { get; init; } = new Dictionary<string, string>();

    /// <summary>Called once when the app asks its sidecar to shut down.</summary>
    public Action? OnShutdown { get; init; }
}

/// <summary>How an app's health is checked.</summary>
public sealed record AppHealthOptions
{
    /// <summary>Where the app answers 2xx while it is well (<c>--app-health-check-path</c>).</summary>
    public string Path { get; init; } = "/healthz";

    /// <summary>Between two probes (<c>--app-health-probe-interval</c>).</summary>
    public TimeSpan ProbeInterval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a probe may take (<c>--app-health-probe-timeout</c>).</summary>
    public TimeSpan ProbeTimeout { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>After how many failures in a row the app is unhealthy (<c>--app-health-threshold</c>).</summary>
    public int Threshold { get; init; } = 3;
}
