using Deepiri.Grpc.Server;
using Dapr.Proto.Common.V1;
using Dapr.Proto.Runtime.V1;
using Deepiri.Sidecar.Grpc;
using Deepiri.Sidecar.Http;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Item = Dapr.Proto.Common.V1.StateItem;

namespace Deepiri.Sidecar.State;

/// <summary>Dapr's state API over gRPC.</summary>
internal sealed class StateGrpc(StateService state)
{
    public void Map(GrpcMethods methods)
    {
        methods.Unary<GetStateRequest, GetStateResponse>(DaprService.Path("GetState"), GetAsync);
        methods.Unary<GetBulkStateRequest, GetBulkStateResponse>(DaprService.Path("GetBulkState"), GetBulkAsync);
        methods.Unary<SaveStateRequest, Empty>(DaprService.Path("SaveState"), SaveAsync);
        methods.Unary<DeleteStateRequest, Empty>(DaprService.Path("DeleteState"), DeleteAsync);
        methods.Unary<DeleteBulkStateRequest, Empty>(DaprService.Path("DeleteBulkState"), DeleteBulkAsync);
        methods.Unary<ExecuteStateTransactionRequest, Empty>(DaprService.Path("ExecuteStateTransaction"), TransactAsync);
    }

    private async Task<GetStateResponse> GetAsync(GetStateRequest request, GrpcCall call)
    {
        var item = await state.GetAsync(request.StoreName, request.Key, call.CancellationToken).ConfigureAwait(false);
        var response = new GetStateResponse();
        if (item is null)
            return response;
        response.Data = UnsafeByteOperations.UnsafeWrap(item.Value);
        response.Etag = item.ETag;
        if (item.ExpiresAt is { } expires)
            response.Metadata["ttlExpireTime"] = StateService.Rfc3339(expires);
        return response;
    }

    private async Task<GetBulkStateResponse> GetBulkAsync(GetBulkStateRequest request, GrpcCall call)
    {
        var items = await state.GetManyAsync(request.StoreName, request.Keys, call.CancellationToken).ConfigureAwait(false);
        var response = new GetBulkStateResponse();
        foreach (var (key, item) in request.Keys.Zip(items))
        {
            var entry = new BulkStateItem { Key = key };
            if (item is not null)
            {
                entry.Data = UnsafeByteOperations.UnsafeWrap(item.Value);
                entry.Etag = item.ETag;
                if (item.ExpiresAt is { } expires)
                    entry.Metadata["ttlExpireTime"] = StateService.Rfc3339(expires);
            }
            response.Items.Add(entry);
        }
        return response;
    }

    private async Task<Empty> SaveAsync(SaveStateRequest request, GrpcCall call)
    {
        await state.SaveAsync(request.StoreName, [.. request.States.Select(ToRequest)], call.CancellationToken).ConfigureAwait(false);
        return new Empty();
    }

    private async Task<Empty> DeleteAsync(DeleteStateRequest request, GrpcCall call)
    {
        await state.DeleteAsync(request.StoreName, request.Key, request.Etag?.Value, IsFirstWrite(request.Options), call.CancellationToken).ConfigureAwait(false);
        return new Empty();
    }

    private async Task<Empty> DeleteBulkAsync(DeleteBulkStateRequest request, GrpcCall call)
    {
        state.Require(request.StoreName);
        foreach (var item in request.States)
            await state.DeleteAsync(request.StoreName, item.Key, item.Etag?.Value, IsFirstWrite(item.Options), call.CancellationToken).ConfigureAwait(false);
        return new Empty();
    }

    private async Task<Empty> TransactAsync(ExecuteStateTransactionRequest request, GrpcCall call)
    {
        state.Require(request.StoreName);
        var operations = request.Operations.Select(o => o.OperationType is "upsert" or "delete"
            ? (ToRequest(o.Request ?? throw DaprErrors.MalformedRequest("an operation has no request")), o.OperationType == "delete")
            : throw DaprErrors.State.OperationNotSupported(o.OperationType)).ToList();
        await state.TransactAsync(request.StoreName, operations, request.Metadata, call.Http.Request.Trace(), call.CancellationToken).ConfigureAwait(false);
        return new Empty();
    }

    private static StateRequest ToRequest(Item item) => item.Key.Length == 0
        ? throw DaprErrors.MalformedRequest("\"key\" is a required field")
        : new StateRequest(item.Key, item.Value.Memory, item.Etag?.Value, new Dictionary<string, string>(item.Metadata, StringComparer.OrdinalIgnoreCase), IsFirstWrite(item.Options) ? "first-write" : null);

    private static bool IsFirstWrite(StateOptions? options) => options?.Concurrency == StateOptions.Types.StateConcurrency.ConcurrencyFirstWrite;
}
