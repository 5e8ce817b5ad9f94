namespace Deepiri.Sidecar.Grpc;

/// <summary>The gRPC service that a sidecar offers to its app.</summary>
internal static class DaprService
{
    /// <summary>The path of one of its methods.</summary>
    public static string Path(string method) => "/dapr.proto.runtime.v1.Dapr/" + method;
}
