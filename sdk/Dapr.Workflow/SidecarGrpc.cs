using Dapr.Client;
using Dapr.Grpc.Client;
using Microsoft.Extensions.Configuration;

namespace Dapr.Workflow;

/// <summary>The gRPC connection of an app to its sidecar, as the environment says.</summary>
internal static class SidecarGrpc
{
    public static GrpcChannel Open(IConfiguration? configuration)
    {
        string? Setting(string name) => configuration?[name] is { Length: > 0 } value ? value : Environment.GetEnvironmentVariable(name) is { Length: > 0 } variable ? variable : null;
        var endpoint = Setting("DAPR_GRPC_ENDPOINT") ?? $"http://127.0.0.1:{Setting("DAPR_GRPC_PORT") ?? "50001"}";
        if (!Uri.TryCreate(endpoint, UriKind.Absolute, out var uri))
            throw new ArgumentException($"The Dapr gRPC endpoint must be a URL, for example http://127.0.0.1:50001; it is '{endpoint}'.");
        var token = DaprDefaults.ApiToken(Setting("DAPR_API_TOKEN"));
        return new GrpcChannel(uri, token is null ? null : new Dictionary<string, string> { [SidecarConnection.ApiTokenHeader] = token }, maxMessageSize: int.MaxValue);
    }

    public static string Path(string method) => "/TaskHubSidecarService/" + method;
}
