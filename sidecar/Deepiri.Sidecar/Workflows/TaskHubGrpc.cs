using Deepiri.Grpc.DurableTask;
using Deepiri.Grpc.Server;
using Google.Protobuf.WellKnownTypes;

namespace Deepiri.Sidecar.Workflows;

/// <summary>The service that workflow workers and the SDKs' clients speak (dapr/durabletask-protobuf).</summary>
internal sealed class TaskHubGrpc(WorkflowsService workflows)
{
    private const int LargestPage = 1024;

    public void Map(GrpcMethods methods)
    {
        methods.Unary<Empty, Empty>(Path("Hello"), (_, _) => Task.FromResult(new Empty()));
        MapWorker(methods);
        MapClient(methods);
    }

    private void MapWorker(GrpcMethods methods)
    {
        methods.ServerStreaming<GetWorkItemsRequest, WorkItem>(Path("GetWorkItems"), (_, stream, call) => workflows.Engine.Workers.ServeAsync(stream.WriteAsync, call.CancellationToken));
        foreach (var name in (string[])["CompleteWorkflowTask", "CompleteOrchestratorTask"])
        {
            methods.Unary<WorkflowResponse, CompleteTaskResponse>(Path(name), (response, _) =>
            {
                workflows.Engine.Workers.Complete(response);
                return Task.FromResult(new CompleteTaskResponse());
            });
        }
        methods.Unary<ActivityResponse, CompleteTaskResponse>(Path("CompleteActivityTask"), async (response, _) =>
        {
            await workflows.Engine.Workers.CompleteAsync(response).ConfigureAwait(false);
            return new CompleteTaskResponse();
        });
        methods.Unary<AbandonActivityTaskRequest, AbandonActivityTaskResponse>(Path("AbandonTaskActivityWorkItem"), (request, _) =>
        {
            workflows.Engine.Workers.Abandon(request.CompletionToken);
            return Task.FromResult(new AbandonActivityTaskResponse());
        });
        foreach (var name in (string[])["AbandonTaskWorkflowWorkItem", "AbandonTaskOrchestratorWorkItem"])
        {
            methods.Unary<AbandonWorkflowTaskRequest, AbandonWorkflowTaskResponse>(Path(name), (request, _) =>
            {
                workflows.Engine.Workers.Abandon(request.CompletionToken);
                return Task.FromResult(new AbandonWorkflowTaskResponse());
            });
        }
    }

    private void MapClient(GrpcMethods methods)
    {
        methods.Unary<CreateInstanceRequest, CreateInstanceResponse>(Path("StartInstance"), StartAsync);
        methods.Unary<GetInstanceRequest, GetInstanceResponse>(Path("GetInstance"), (r, call) => GetAsync(r, call.CancellationToken));
        methods.Unary<GetInstanceRequest, GetInstanceResponse>(Path("WaitForInstanceStart"), (r, call) => WaitAsync(r, untilCompleted: false, call.CancellationToken));
        methods.Unary<GetInstanceRequest, GetInstanceResponse>(Path("WaitForInstanceCompletion"), (r, call) => WaitAsync(r, untilCompleted: true, call.CancellationToken));
        methods.Unary<RaiseEventRequest, RaiseEventResponse>(Path("RaiseEvent"), async (r, call) =>
        {
            await workflows.RaiseEventAsync(r.InstanceId, r.Name, r.Input, call.CancellationToken).ConfigureAwait(false);
            return new RaiseEventResponse();
        });
        methods.Unary<TerminateRequest, TerminateResponse>(Path("TerminateInstance"), async (r, call) =>
        {
            await workflows.TerminateAsync(r.InstanceId, r.Output, r.Recursive, call.CancellationToken).ConfigureAwait(false);
            return new TerminateResponse();
        });
        methods.Unary<SuspendRequest, SuspendResponse>(Path("SuspendInstance"), async (r, call) =>
        {
            await workflows.SuspendAsync(r.InstanceId, r.Reason, call.CancellationToken).ConfigureAwait(false);
            return new SuspendResponse();
        });
        methods.Unary<ResumeRequest, ResumeResponse>(Path("ResumeInstance"), async (r, call) =>
        {
            await workflows.ResumeAsync(r.InstanceId, r.Reason, call.CancellationToken).ConfigureAwait(false);
            return new ResumeResponse();
        });
        methods.Unary<PurgeInstancesRequest, PurgeInstancesResponse>(Path("PurgeInstances"), PurgeAsync);
        methods.Unary<ListInstanceIDsRequest, ListInstanceIDsResponse>(Path("ListInstanceIDs"), (r, _) => Task.FromResult(List(r)));
        methods.Unary<GetInstanceHistoryRequest, GetInstanceHistoryResponse>(Path("GetInstanceHistory"), HistoryAsync);
    }

    private static string Path(string method) => "/TaskHubSidecarService/" + method;

    private async Task<CreateInstanceResponse> StartAsync(CreateInstanceRequest request, GrpcCall call)
    {
        var id = await workflows.StartInstanceAsync(request.Name, request.InstanceId, request.Input, started =>
        {
            (started.Version, started.ScheduledStartTimestamp, started.ParentTraceContext) = (request.Version, request.ScheduledStartTimestamp, request.ParentTraceContext);
            if (request.ExecutionId is { Length: > 0 } executionId)
                started.WorkflowInstance.ExecutionId = executionId;
            started.Tags.Add(request.Tags);
        }, call.CancellationToken).ConfigureAwait(false);
        return new CreateInstanceResponse { InstanceId = id };
    }

    private async Task<GetInstanceResponse> GetAsync(GetInstanceRequest request, CancellationToken cancellationToken)
    {
        var state = await workflows.GetAsync(request.InstanceId, request.GetInputsAndOutputs, cancellationToken).ConfigureAwait(false);
        return new GetInstanceResponse { Exists = state is not null, WorkflowState = state };
    }

    private async Task<GetInstanceResponse> WaitAsync(GetInstanceRequest request, bool untilCompleted, CancellationToken cancellationToken)
    {
        await workflows.Engine.WaitAsync(request.InstanceId, untilCompleted, cancellationToken).ConfigureAwait(false);
        var response = await GetAsync(request, cancellationToken).ConfigureAwait(false);
        return response.Exists ? response : throw Http.DaprErrors.Workflows.NotFound(request.InstanceId);
    }

    private async Task<PurgeInstancesResponse> PurgeAsync(PurgeInstancesRequest request, GrpcCall call)
    {
        if (request.RequestCase == PurgeInstancesRequest.RequestOneofCase.InstanceId)
            return new PurgeInstancesResponse { DeletedInstanceCount = await workflows.PurgeAsync(request.InstanceId, request.Recursive, request.Force, call.CancellationToken).ConfigureAwait(false), IsComplete = true };
        var (deleted, after) = (0, "");
        for (var page = workflows.Engine.Page(after, LargestPage); page.Count > 0; page = workflows.Engine.Page(after, LargestPage))
        {
            after = page[^1];
            foreach (var id in page)
            {
                if (await workflows.GetAsync(id, withData: false, call.CancellationToken).ConfigureAwait(false) is { } state && Matches(request.PurgeInstanceFilter, state))
                    deleted += await workflows.PurgeAsync(id, request.Recursive, request.Force, call.CancellationToken).ConfigureAwait(false);
            }
        }
        return new PurgeInstancesResponse { DeletedInstanceCount = deleted, IsComplete = true };
    }

    private static bool Matches(PurgeInstanceFilter? filter, WorkflowState state) => filter is not null
        && (filter.CreatedTimeFrom is null || state.CreatedTimestamp >= filter.CreatedTimeFrom)
        && (filter.CreatedTimeTo is null || state.CreatedTimestamp <= filter.CreatedTimeTo)
        && (filter.RuntimeStatus.Count == 0 || filter.RuntimeStatus.Contains(state.WorkflowStatus));

    private ListInstanceIDsResponse List(ListInstanceIDsRequest request)
    {
        var size = request.HasPageSize && request.PageSize > 0 ? (int)Math.Min(request.PageSize, LargestPage) : LargestPage;
        var ids = workflows.Engine.Page(request.ContinuationToken, size);
        var response = new ListInstanceIDsResponse();
        response.InstanceIds.AddRange(ids);
        if (ids.Count == size)
            response.ContinuationToken = ids[^1];
        return response;
    }

    private async Task<GetInstanceHistoryResponse> HistoryAsync(GetInstanceHistoryRequest request, GrpcCall call)
    {
        var events = await workflows.Engine.ReadAsync(request.InstanceId, r => r.History.ToList(), call.CancellationToken).ConfigureAwait(false) ?? throw Http.DaprErrors.Workflows.NotFound(request.InstanceId);
        var response = new GetInstanceHistoryResponse();
        response.Events.AddRange(events);
        return response;
    }
}
