using System.Text.Json;
using System.Text.Json.Nodes;
using Deepiri.Grpc.Server;
using Dapr.Proto.Common.V1;
using Dapr.Proto.Runtime.V1;
using Deepiri.Sidecar.Grpc;
using Deepiri.Sidecar.Http;
using Deepiri.Sidecar.Scheduling;
using Deepiri.Sidecar.State;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Primitives;

namespace Deepiri.Sidecar.Actors;

/// <summary>Dapr's actors API over gRPC.</summary>
internal sealed class ActorsGrpc(ActorsService actors)
{
    public void Map(GrpcMethods methods)
    {
        methods.Unary<InvokeActorRequest, InvokeActorResponse>(DaprService.Path("InvokeActor"), CallAsync);
        methods.Unary<GetActorStateRequest, GetActorStateResponse>(DaprService.Path("GetActorState"), GetStateAsync);
        methods.Unary<ExecuteActorStateTransactionRequest, Empty>(DaprService.Path("ExecuteActorStateTransaction"), SaveStateAsync);
        methods.Unary<RegisterActorReminderRequest, Empty>(DaprService.Path("RegisterActorReminder"), RegisterReminderAsync);
        methods.Unary<GetActorReminderRequest, GetActorReminderResponse>(DaprService.Path("GetActorReminder"), GetReminderAsync);
        methods.Unary<UnregisterActorReminderRequest, Empty>(DaprService.Path("UnregisterActorReminder"), async (r, call) =>
        {
            await actors.UnregisterReminderAsync(new(r.ActorType, r.ActorId), r.Name, call.CancellationToken).ConfigureAwait(false);
            return new Empty();
        });
        methods.Unary<RegisterActorTimerRequest, Empty>(DaprService.Path("RegisterActorTimer"), (r, _) =>
        {
            actors.RegisterTimer(new ActorTimerRequest(new(r.ActorType, r.ActorId), r.Name, r.DueTime, r.Period, r.Ttl, r.Callback, Data(r.Data)));
            return Task.FromResult(new Empty());
        });
        methods.Unary<UnregisterActorTimerRequest, Empty>(DaprService.Path("UnregisterActorTimer"), (r, _) =>
        {
            actors.UnregisterTimer(new(r.ActorType, r.ActorId), r.Name);
            return Task.FromResult(new Empty());
        });
    }

    private async Task<InvokeActorResponse> CallAsync(InvokeActorRequest request, GrpcCall call)
    {
        var headers = request.Metadata.Select(m => KeyValuePair.Create(m.Key, new StringValues(m.Value))).ToList();
        var contentType = request.Metadata.FirstOrDefault(m => m.Key.Equals("content-type", StringComparison.OrdinalIgnoreCase)).Value;
        var answer = await actors.CallAsync(new ActorRequest(new(request.ActorType, request.ActorId), request.Method, request.Data.Memory, contentType, headers), call.CancellationToken).ConfigureAwait(false);
        return new InvokeActorResponse { Data = UnsafeByteOperations.UnsafeWrap(answer.Body) };
    }

    private async Task<GetActorStateResponse> GetStateAsync(GetActorStateRequest request, GrpcCall call)
    {
        var response = new GetActorStateResponse();
        if (await actors.GetStateAsync(new(request.ActorType, request.ActorId), request.Key, call.CancellationToken).ConfigureAwait(false) is not { } item)
            return response;
        response.Data = UnsafeByteOperations.UnsafeWrap(item.Value);
        if (item.ExpiresAt is { } expires)
            response.Metadata["ttlExpireTime"] = StateService.Rfc3339(expires);
        return response;
    }

    private async Task<Empty> SaveStateAsync(ExecuteActorStateTransactionRequest request, GrpcCall call)
    {
        var operations = request.Operations.Select(o => o.OperationType is "upsert" or "delete"
            ? (new StateRequest(o.Key, o.Value?.Value.Memory, null, new Dictionary<string, string>(o.Metadata, StringComparer.OrdinalIgnoreCase), null), o.OperationType == "delete")
            : throw DaprErrors.State.OperationNotSupported(o.OperationType)).ToList();
        await actors.SaveStateAsync(new(request.ActorType, request.ActorId), operations, call.CancellationToken).ConfigureAwait(false);
        return new Empty();
    }

    private async Task<Empty> RegisterReminderAsync(RegisterActorReminderRequest request, GrpcCall call)
    {
        var times = new ActorTimerRequest(new(request.ActorType, request.ActorId), request.Name, request.DueTime, request.Period, request.Ttl, null, Data(request.Data));
        await actors.RegisterReminderAsync(times, !request.HasOverwrite || request.Overwrite, JobRetry.Of(request.FailurePolicy), call.CancellationToken).ConfigureAwait(false);
        return new Empty();
    }

    private async Task<GetActorReminderResponse> GetReminderAsync(GetActorReminderRequest request, GrpcCall call)
    {
        var (schedule, dueTime, data) = await actors.GetReminderAsync(new(request.ActorType, request.ActorId), request.Name).ConfigureAwait(false);
        var response = new GetActorReminderResponse { ActorType = request.ActorType, ActorId = request.ActorId };
        if (dueTime is { Length: > 0 })
            response.DueTime = dueTime;
        if (schedule.Period is { } period)
            response.Period = $"@every {GoText.Duration(period)}";
        if (schedule.Expires is { } expires)
            response.Ttl = StateService.Rfc3339(expires);
        if (data is not null)
            response.Data = Any.Pack(new BytesValue { Value = ByteString.CopyFromUtf8(data.ToJsonString()) });
        return response;
    }

    /// <summary>JSON as it is; other bytes as a base64 string, as daprd hands them to an app over HTTP.</summary>
    private static JsonNode? Data(ByteString bytes)
    {
        if (bytes.IsEmpty)
            return null;
        try
        {
            return JsonNode.Parse(bytes.Span);
        }
        catch (JsonException)
        {
            return JsonValue.Create(Convert.ToBase64String(bytes.Span));
        }
    }
}
