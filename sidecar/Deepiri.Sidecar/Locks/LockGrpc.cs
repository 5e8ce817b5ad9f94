using Deepiri.Grpc.Server;
using Dapr.Proto.Runtime.V1;
using Deepiri.Sidecar.Grpc;

namespace Deepiri.Sidecar.Locks;

/// <summary>Dapr's lock API over gRPC.</summary>
internal sealed class LockGrpc(LockService locks)
{
    public void Map(GrpcMethods methods)
    {
        methods.Unary<TryLockRequest, TryLockResponse>(DaprService.Path("TryLockAlpha1"), async (request, _) => new TryLockResponse
        {
            Success = await locks.TryLockAsync(request.StoreName, request.ResourceId, request.LockOwner, request.ExpiryInSeconds).ConfigureAwait(false),
        });
        methods.Unary<UnlockRequest, UnlockResponse>(DaprService.Path("UnlockAlpha1"), async (request, _) => new UnlockResponse
        {
            Status = (UnlockResponse.Types.Status)await locks.UnlockAsync(request.StoreName, request.ResourceId, request.LockOwner).ConfigureAwait(false),
        });
    }
}
