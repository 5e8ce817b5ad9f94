using Deepiri.Grpc.Server;
using Dapr.Proto.Runtime.V1;
using Deepiri.Sidecar.Http;
using Deepiri.Sidecar.State;
using Google.Protobuf.WellKnownTypes;

namespace Deepiri.Sidecar.Grpc;

/// <summary>What the SDKs may ask and no component of ours can do: answered as daprd does where none is configured.</summary>
internal sealed class NotConfigured(StateService state)
{
    public void Map(GrpcMethods methods)
    {
        methods.Unary<QueryStateRequest, Empty>(DaprService.Path("QueryStateAlpha1"), (request, _) => throw state.QueryNotSupported(request.StoreName));
        foreach (var name in (string[])["EncryptAlpha1", "DecryptAlpha1"])
            methods.DuplexStreaming<Empty, Empty>(DaprService.Path(name), (_, _, _) => throw DaprErrors.Crypto.NotConfigured());
    }
}
