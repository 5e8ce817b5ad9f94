using Deepiri.Grpc.Server;
using Dapr.Proto.Runtime.V1;
using Deepiri.Sidecar.Grpc;
using Deepiri.Sidecar.Http;
using Google.Protobuf;

namespace Deepiri.Sidecar.Bindings;

/// <summary>Dapr's output bindings over gRPC.</summary>
internal sealed class BindingsGrpc(BindingsService bindings)
{
    public void Map(GrpcMethods methods) => methods.Unary<InvokeBindingRequest, InvokeBindingResponse>(DaprService.Path("InvokeBinding"), async (request, call) =>
    {
        try
        {
            var answer = await bindings.InvokeAsync(request.Name, new BindingRequest(request.Operation, request.Data.Memory, request.Metadata), call.CancellationToken).ConfigureAwait(false);
            var response = new InvokeBindingResponse { Data = UnsafeByteOperations.UnsafeWrap(answer.Data) };
            response.Metadata.Add(new Dictionary<string, string>(answer.Metadata));
            return response;
        }
        catch (BindingException e)
        {
            throw DaprErrors.Bindings.Invoke(request.Name, e.Message);
        }
    });
}
