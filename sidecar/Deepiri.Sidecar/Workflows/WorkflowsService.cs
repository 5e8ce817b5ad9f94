using Deepiri.Grpc.DurableTask;
using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Http;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Logging;

namespace Deepiri.Sidecar.Workflows;

/// <summary>What an app may do with its workflows, whichever protocol it speaks.</summary>
internal sealed class WorkflowsService(AppSidecar sidecar, RunContext run, ILogger log) : IAsyncDisposable
{
    private WorkflowEngine? _engine;

    /// <summary>Workers that are connected.</summary>
    public int ConnectedWorkers => _engine?.Workers.Connected ?? 0;

    /// <exception cref="DaprErrorException">The app has no store for actors.</exception>
    public WorkflowEngine Engine => _engine ?? throw DaprErrors.Actors.NoStore();

    /// <summary>Takes up what the last run left, where the app has a store for it.</summary>
    public async Task StartAsync()
    {
        if (sidecar.Components.ActorStore is { } store)
            _engine = await WorkflowEngine.StartAsync(sidecar.AppId, store, sidecar.Configuration.WorkflowRetention, run, log).ConfigureAwait(false);
    }

    public ValueTask DisposeAsync() => _engine?.DisposeAsync() ?? default;

    /// <summary>Begins an instance and returns its id.</summary>
    /// <param name="name">The workflow.</param>
    /// <param name="instanceId">Empty for a new one.</param>
    /// <param name="input">As the workflow reads it.</param>
    /// <param name="complete">Sets what else the start event has.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<string> StartInstanceAsync(string name, string instanceId, string? input, Action<ExecutionStartedEvent>? complete, CancellationToken cancellationToken)
    {
        if (name.Length == 0)
            throw DaprErrors.Workflows.NameMissing();
        var id = instanceId.Length > 0 ? instanceId : Guid.NewGuid().ToString();
        if (id.Length > DaprErrors.Workflows.LongestId)
            throw DaprErrors.Workflows.IdTooLong();
        if (!id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'))
            throw DaprErrors.Workflows.IdInvalid(id);
        var started = new ExecutionStartedEvent { Name = name, Input = input, WorkflowInstance = new WorkflowInstance { InstanceId = id, ExecutionId = Guid.NewGuid().ToString() } };
        complete?.Invoke(started);
        var e = WorkflowEvents.New(run.Time.GetUtcNow(), e => e.ExecutionStarted = started);
        return await Engine.CreateAsync(id, e, cancellationToken).ConfigureAwait(false) ? id : throw DaprErrors.Workflows.Exists(id);
    }

    /// <summary>What a client sees of an instance; null when there is none.</summary>
    public Task<WorkflowState?> GetAsync(string instanceId, bool withData, CancellationToken cancellationToken) =>
        Engine.ReadAsync(Required(instanceId), r => r.ToState(instanceId, withData), cancellationToken);

    public Task RaiseEventAsync(string instanceId, string name, string? data, CancellationToken cancellationToken) => name.Length == 0
        ? throw DaprErrors.Workflows.EventNameMissing()
        : TellAsync(instanceId, e => e.EventRaised = new EventRaisedEvent { Name = name, Input = data }, cancellationToken);

    public Task SuspendAsync(string instanceId, string? reason, CancellationToken cancellationToken) =>
        TellAsync(instanceId, e => e.ExecutionSuspended = new ExecutionSuspendedEvent { Input = reason }, cancellationToken);

    public Task ResumeAsync(string instanceId, string? reason, CancellationToken cancellationToken) =>
        TellAsync(instanceId, e => e.ExecutionResumed = new ExecutionResumedEvent { Input = reason }, cancellationToken);

    public Task TerminateAsync(string instanceId, string? output, bool recursive, CancellationToken cancellationToken) =>
        TellAsync(instanceId, e => e.ExecutionTerminated = new ExecutionTerminatedEvent { Input = output, Recurse = recursive }, cancellationToken);

    /// <summary>Deletes an instance that is done, and with <paramref name="recursive"/> its children; returns how many were deleted.</summary>
    public async Task<int> PurgeAsync(string instanceId, bool recursive, bool force, CancellationToken cancellationToken)
    {
        var children = recursive ? await Engine.ReadAsync(Required(instanceId), Children, cancellationToken).ConfigureAwait(false) ?? [] : [];
        if (await Engine.PurgeAsync(Required(instanceId), force, cancellationToken).ConfigureAwait(false) != true)
            return 0;
        var count = 1;
        foreach (var child in children)
            count += await PurgeAsync(child, recursive, force, cancellationToken).ConfigureAwait(false);
        return count;
    }

    private static IReadOnlyList<string> Children(WorkflowRecord record) => [.. record.History.Select(e => e.ChildWorkflowInstanceCreated?.InstanceId).OfType<string>()];

    private static string Required(string instanceId) => instanceId.Length > 0 ? instanceId : throw DaprErrors.Workflows.IdMissing();

    private async Task TellAsync(string instanceId, Action<HistoryEvent> set, CancellationToken cancellationToken)
    {
        if (!await Engine.TakeInAsync(Required(instanceId), WorkflowEvents.New(run.Time.GetUtcNow(), set), null, cancellationToken).ConfigureAwait(false))
            throw DaprErrors.Workflows.NotFound(instanceId);
    }
}
