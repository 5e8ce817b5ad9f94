using Deepiri.Grpc.Server;
using Dapr.Proto.Runtime.V1;
using Deepiri.Sidecar.Grpc;
using Deepiri.Sidecar.Http;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Deepiri.Sidecar.Workflows;

/// <summary>Dapr's workflow API over gRPC; what workers and the SDKs' clients speak is <see cref="TaskHubGrpc"/>.</summary>
internal sealed class WorkflowsGrpc(WorkflowsService workflows)
{
    public void Map(GrpcMethods methods)
    {
        foreach (var version in (string[])["Alpha1", "Beta1"])
        {
            methods.Unary<StartWorkflowRequest, StartWorkflowResponse>(DaprService.Path("StartWorkflow" + version), async (r, call) =>
                new StartWorkflowResponse { InstanceId = await workflows.StartInstanceAsync(r.WorkflowName, r.InstanceId, Text(r.Input), null, call.CancellationToken).ConfigureAwait(false) });
            methods.Unary<GetWorkflowRequest, GetWorkflowResponse>(DaprService.Path("GetWorkflow" + version), GetAsync);
            methods.Unary<RaiseEventWorkflowRequest, Empty>(DaprService.Path("RaiseEventWorkflow" + version), (r, call) => Done(workflows.RaiseEventAsync(r.InstanceId, r.EventName, Text(r.EventData), call.CancellationToken)));
            methods.Unary<PauseWorkflowRequest, Empty>(DaprService.Path("PauseWorkflow" + version), (r, call) => Done(workflows.SuspendAsync(r.InstanceId, null, call.CancellationToken)));
            methods.Unary<ResumeWorkflowRequest, Empty>(DaprService.Path("ResumeWorkflow" + version), (r, call) => Done(workflows.ResumeAsync(r.InstanceId, null, call.CancellationToken)));
            methods.Unary<TerminateWorkflowRequest, Empty>(DaprService.Path("TerminateWorkflow" + version), (r, call) => Done(workflows.TerminateAsync(r.InstanceId, null, recursive: true, call.CancellationToken)));
            methods.Unary<PurgeWorkflowRequest, Empty>(DaprService.Path("PurgeWorkflow" + version), PurgeAsync);
        }
    }

    private async Task<GetWorkflowResponse> GetAsync(GetWorkflowRequest request, GrpcCall call)
    {
        var state = await workflows.GetAsync(request.InstanceId, withData: true, call.CancellationToken).ConfigureAwait(false) ?? throw DaprErrors.Workflows.NotFound(request.InstanceId);
        var response = new GetWorkflowResponse
        {
            InstanceId = request.InstanceId,
            WorkflowName = state.Name,
            CreatedAt = state.CreatedTimestamp,
            LastUpdatedAt = state.LastUpdatedTimestamp,
            RuntimeStatus = WorkflowsApi.StatusName(state.WorkflowStatus),
        };
        foreach (var (name, value) in WorkflowsApi.Properties(state))
            response.Properties[name] = value;
        return response;
    }

    private async Task<Empty> PurgeAsync(PurgeWorkflowRequest request, GrpcCall call)
    {
        if (await workflows.GetAsync(request.InstanceId, withData: false, call.CancellationToken).ConfigureAwait(false) is null)
            throw DaprErrors.Workflows.NotFound(request.InstanceId);
        return await workflows.PurgeAsync(request.InstanceId, recursive: true, force: false, call.CancellationToken).ConfigureAwait(false) > 0
            ? new Empty()
            : throw DaprErrors.Workflows.Purge(request.InstanceId, "workflow has not completed yet");
    }

    private static string? Text(ByteString bytes) => bytes.IsEmpty ? null : bytes.ToStringUtf8();

    private static async Task<Empty> Done(Task work)
    {
        await work.ConfigureAwait(false);
        return new Empty();
    }
}
