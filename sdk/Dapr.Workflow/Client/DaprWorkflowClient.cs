using System.Text.Json;
using Dapr.DurableTask.Protobuf;
using Dapr.Grpc.Client;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using static Dapr.Workflow.SidecarGrpc;

namespace Dapr.Workflow;

/// <inheritdoc cref="IDaprWorkflowClient"/>
public sealed class DaprWorkflowClient : IDaprWorkflowClient
{
    private readonly GrpcChannel _channel;
    private readonly JsonSerializerOptions _json = JsonSerializerOptions.Web;

    internal DaprWorkflowClient(GrpcChannel channel) => _channel = channel;

    /// <inheritdoc/>
    public Task<string> ScheduleNewWorkflowAsync(string name, string? instanceId = null, object? input = null) => ScheduleNewWorkflowAsync(name, instanceId, input, (DateTimeOffset?)null);

    /// <inheritdoc/>
    public Task<string> ScheduleNewWorkflowAsync(string name, string? instanceId, object? input, DateTime? startTime) =>
        ScheduleNewWorkflowAsync(name, instanceId, input, startTime is { } time ? new DateTimeOffset(time.ToUniversalTime()) : null);

    /// <inheritdoc/>
    public async Task<string> ScheduleNewWorkflowAsync(string name, string? instanceId, object? input, DateTimeOffset? startTime, CancellationToken cancellation = default)
    {
        var request = new CreateInstanceRequest { Name = name, InstanceId = instanceId ?? "", Input = Write(input), ScheduledStartTimestamp = startTime is { } time ? Timestamp.FromDateTimeOffset(time) : null };
        return (await CallAsync<CreateInstanceResponse>("StartInstance", request, cancellation).ConfigureAwait(false)).InstanceId;
    }

    /// <inheritdoc/>
    public Task<WorkflowState> GetWorkflowStateAsync(string instanceId, bool getInputsAndOutputs = true, CancellationToken cancellation = default) => AskAsync("GetInstance", instanceId, getInputsAndOutputs, cancellation);

    /// <inheritdoc/>
    public Task<WorkflowState> WaitForWorkflowStartAsync(string instanceId, bool getInputsAndOutputs = true, CancellationToken cancellation = default) => AskAsync("WaitForInstanceStart", instanceId, getInputsAndOutputs, cancellation);

    /// <inheritdoc/>
    public Task<WorkflowState> WaitForWorkflowCompletionAsync(string instanceId, bool getInputsAndOutputs = true, CancellationToken cancellation = default) => AskAsync("WaitForInstanceCompletion", instanceId, getInputsAndOutputs, cancellation);

    /// <inheritdoc/>
    public Task RaiseEventAsync(string instanceId, string eventName, object? eventPayload = null, CancellationToken cancellation = default) =>
        CallAsync<RaiseEventResponse>("RaiseEvent", new RaiseEventRequest { InstanceId = instanceId, Name = eventName, Input = Write(eventPayload) }, cancellation);

    /// <inheritdoc/>
    public Task TerminateWorkflowAsync(string instanceId, object? output = null, CancellationToken cancellation = default) =>
        CallAsync<TerminateResponse>("TerminateInstance", new TerminateRequest { InstanceId = instanceId, Output = Write(output), Recursive = true }, cancellation);

    /// <inheritdoc/>
    public Task SuspendWorkflowAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        CallAsync<SuspendResponse>("SuspendInstance", new SuspendRequest { InstanceId = instanceId, Reason = reason }, cancellation);

    /// <inheritdoc/>
    public Task ResumeWorkflowAsync(string instanceId, string? reason = null, CancellationToken cancellation = default) =>
        CallAsync<ResumeResponse>("ResumeInstance", new ResumeRequest { InstanceId = instanceId, Reason = reason }, cancellation);

    /// <inheritdoc/>
    public async Task<bool> PurgeInstanceAsync(string instanceId, CancellationToken cancellation = default) =>
        (await CallAsync<PurgeInstancesResponse>("PurgeInstances", new PurgeInstancesRequest { InstanceId = instanceId, Recursive = true }, cancellation).ConfigureAwait(false)).DeletedInstanceCount > 0;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose() => _channel.Dispose();

    private async Task<WorkflowState> AskAsync(string method, string instanceId, bool withData, CancellationToken cancellationToken)
    {
        var response = await CallAsync<GetInstanceResponse>(method, new GetInstanceRequest { InstanceId = instanceId, GetInputsAndOutputs = withData }, cancellationToken).ConfigureAwait(false);
        return new WorkflowState(response.Exists ? response.WorkflowState : null, _json);
    }

    private Task<T> CallAsync<T>(string method, IMessage request, CancellationToken cancellationToken) where T : class, IMessage<T>, new() => _channel.UnaryAsync<T>(Path(method), request, null, cancellationToken);

    private string? Write(object? value) => value is null ? null : JsonSerializer.Serialize(value, value.GetType(), _json);
}
