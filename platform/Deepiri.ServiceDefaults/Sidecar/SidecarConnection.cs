using Dapr.Client;
using Grpc.Net.Client;
using Microsoft.Extensions.Configuration;

namespace Deepiri.ServiceDefaults.Sidecar;

/// <summary>
/// Where the service's own sidecar is, and how it is called. The environment is what Dapr sets; configuration is how a test gives each of several
/// services in one process its own sidecar.
/// </summary>
public static class SidecarConnection
{
    /// <summary>A bulk read can answer more than gRPC's 4 MiB: 256 items of 100 KiB and more.</summary>
    private const int MaxResponseBytes = 64 * 1024 * 1024;

    /// <summary>The sidecar's HTTP API, without a slash at its end.</summary>
    public static string DaprHttpEndpoint(this IConfiguration configuration) =>
        configuration["DAPR_HTTP_ENDPOINT"]?.TrimEnd('/') ?? $"http://127.0.0.1:{configuration["DAPR_HTTP_PORT"] ?? "3500"}";

    /// <summary>The sidecar's gRPC API.</summary>
    public static string DaprGrpcEndpoint(this IConfiguration configuration) =>
        configuration["DAPR_GRPC_ENDPOINT"] ?? $"http://127.0.0.1:{configuration["DAPR_GRPC_PORT"] ?? "50001"}";

    /// <summary>The token that the sidecar asks for; null where it asks for none.</summary>
    public static string? DaprApiToken(this IConfiguration configuration) => configuration["DAPR_API_TOKEN"] is { Length: > 0 } token ? token : null;

    internal static void ConnectTo(this DaprClientBuilder builder, IConfiguration configuration)
    {
        builder.UseHttpEndpoint(configuration.DaprHttpEndpoint()).UseGrpcEndpoint(configuration.DaprGrpcEndpoint());
        if (configuration.DaprApiToken() is { } token)
            builder.UseDaprApiToken(token);
        builder.UseGrpcChannelOptions(ChannelOptions(configuration.DaprApiToken(), DeadlineHandler.Default));
    }

    internal static GrpcChannelOptions ChannelOptions(string? token, TimeSpan timeout) => new()
    {
        // A client and not a handler: before a handler, Grpc.Net.Client puts a load balancer, in which calls can wait past every deadline.
        HttpClient = new HttpClient(new DeadlineHandler(timeout, new ApiTokenHandler(token))) { Timeout = Timeout.InfiniteTimeSpan },
        DisposeHttpClient = true,
        MaxReceiveMessageSize = MaxResponseBytes,
        ThrowOperationCanceledOnCancellation = true,
    };
}
