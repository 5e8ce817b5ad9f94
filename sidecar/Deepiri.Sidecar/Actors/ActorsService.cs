using System.Text.Json.Nodes;
using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Http;
using Deepiri.Sidecar.Invocation;
using Deepiri.Sidecar.Resiliency;
using Deepiri.Sidecar.Scheduling;
using Deepiri.Sidecar.State;
using Microsoft.Extensions.Logging;

namespace Deepiri.Sidecar.Actors;

/// <summary>What an app may do with actors, whichever protocol it speaks: call any, and keep state, reminders and timers for its own.</summary>
internal sealed class ActorsService(AppSidecar sidecar, SidecarHost host, RunContext run, ILogger log)
{
    private const string ReservedPrefix = "dapr.internal.";
    private const int NotFoundRetries = 5;

    /// <summary>With it, .NET actors send an exception in an answer of 200.</summary>
    private const string FailureHeader = "X-DaprErrorResponseHeader";
    private static readonly TimeSpan s_notFoundPause = TimeSpan.FromSeconds(1);

    /// <summary>The actors in this sidecar's app; null while it hosts none.</summary>
    public ActorRuntime? Runtime { get; private set; }

    /// <summary>Asks the app which types it hosts, and hosts them from now on.</summary>
    public async Task StartAsync(AppChannel app, CancellationToken cancellationToken)
    {
        await StopAsync().ConfigureAwait(false);
        using var request = new HttpRequestMessage(HttpMethod.Get, app.Uri("/dapr/config"));
        using var response = await app.SendAsync(request, cancellationToken).ConfigureAwait(false);
        // Most apps host no actors and do not know this path.
        if (!response.IsSuccessStatusCode)
            return;
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        var config = body.Length == 0 ? ActorConfig.None : ActorConfig.Parse(body);
        if (config.Types.Count == 0)
            return;
        var runtime = new ActorRuntime(sidecar.AppId, app, config, sidecar.Policies.ActorTimeout, run.Time, log);
        Runtime = runtime;
        host.Placement.Add(runtime);
        foreach (var type in config.Types)
            (await run.SchedulerAsync().ConfigureAwait(false)).Handle(JobKind(type), (job, stop) => RemindAsync(runtime, job, stop));
    }

    /// <summary>Lets the actors go; reminders wait until the app is back.</summary>
    public async Task StopAsync()
    {
        if (Runtime is not { } runtime)
            return;
        foreach (var type in runtime.Config.Types)
            (await run.SchedulerAsync().ConfigureAwait(false)).StopHandling(JobKind(type));
        host.Placement.Remove(runtime);
        // Turns under way, and actors that are let go, still save their state.
        await runtime.DisposeAsync().ConfigureAwait(false);
        if (Runtime == runtime)
            Runtime = null;
    }

    public async Task<ActorResponse> CallAsync(ActorRequest request, CancellationToken cancellationToken)
    {
        RefuseReserved(request.Actor.Type);
        Store();
        try
        {
            // Each try looks anew for the app that hosts the actor.
            return await sidecar.Policies.Actor(request.Actor.Type, request.Actor.Id).ExecuteAsync(async stop =>
                await CallOnceAsync(request, stop).ConfigureAwait(false) is var answer && answer.HasHeader(FailureHeader) ? throw new ActorFailureException(answer) : answer, cancellationToken).ConfigureAwait(false);
        }
        catch (ActorFailureException e)
        {
            return e.Response;
        }
        catch (PolicyException e)
        {
            throw DaprErrors.Actors.Invoke(e.Message);
        }
    }

    public async Task<StateItem?> GetStateAsync(ActorKey actor, string key, CancellationToken cancellationToken)
    {
        RequireActive(actor);
        try
        {
            return await Store().GetAsync(StateKey(actor, key), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException and not DaprErrorException)
        {
            throw DaprErrors.Actors.StateGet(e.Message);
        }
    }

    public async Task SaveStateAsync(ActorKey actor, IReadOnlyList<(StateRequest Request, bool IsDelete)> operations, CancellationToken cancellationToken)
    {
        RequireActive(actor);
        try
        {
            await Store().ExecuteAsync([.. operations.Select(o => o.Request.ToOperation(StateKey(actor, o.Request.Key), o.IsDelete))], cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is not OperationCanceledException and not DaprErrorException)
        {
            throw DaprErrors.Actors.StateSave(e.Message);
        }
    }

    public async Task RegisterReminderAsync(ActorTimerRequest request, bool overwrite, JobRetry retry, CancellationToken cancellationToken)
    {
        RequireHosted(request.Actor.Type);
        Job job;
        try
        {
            var schedule = Schedule.Parse(request.DueTime, request.Period, request.Ttl, run.Time.GetUtcNow());
            var spec = new JsonObject { ["type"] = request.Actor.Type, ["id"] = request.Actor.Id, ["dueTime"] = request.DueTime, ["period"] = request.Period, ["data"] = request.Data?.DeepClone() };
            job = new Job(JobOwner(request.Actor), request.Name, schedule, spec.ToJsonString(), request.Body(), retry);
        }
        catch (FormatException e)
        {
            throw DaprErrors.Actors.ReminderCreate(e.Message);
        }
        if (!await (await run.SchedulerAsync().ConfigureAwait(false)).ScheduleAsync(job, overwrite, cancellationToken).ConfigureAwait(false))
            throw DaprErrors.Actors.ReminderExists(request.Name);
    }

    public async Task UnregisterReminderAsync(ActorKey actor, string name, CancellationToken cancellationToken)
    {
        RequireHosted(actor.Type);
        await (await run.SchedulerAsync().ConfigureAwait(false)).DeleteAsync(JobOwner(actor), name, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The reminder as it was registered.</summary>
    public async Task<(Schedule Schedule, string? DueTime, JsonNode? Data)> GetReminderAsync(ActorKey actor, string name)
    {
        RequireHosted(actor.Type);
        var job = (await run.SchedulerAsync().ConfigureAwait(false)).Find(JobOwner(actor), name) ?? throw DaprErrors.Actors.ReminderNotFound(name);
        var spec = JsonNode.Parse(job.Spec)!;
        return (job.Schedule, spec["dueTime"]?.GetValue<string>(), spec["data"]);
    }

    public void RegisterTimer(ActorTimerRequest request)
    {
        RefuseReserved(request.Actor.Type);
        try
        {
            RequireActive(request.Actor).Timers.Register(request);
        }
        catch (FormatException e)
        {
            throw DaprErrors.Actors.TimerCreate(e.Message);
        }
    }

    public void UnregisterTimer(ActorKey actor, string name)
    {
        RefuseReserved(actor.Type);
        Runtime?.Timers.Unregister(actor, name);
    }

    private async Task<ActorResponse> CallOnceAsync(ActorRequest request, CancellationToken cancellationToken)
    {
        for (var tries = 0; ; tries++)
        {
            if (host.Placement.Find(request.Actor.Type) is { } runtime)
                return await runtime.CallAsync(request, cancellationToken).ConfigureAwait(false);
            // An app that is still starting may host the type.
            if (tries >= NotFoundRetries || host.AreAllReady)
                throw DaprErrors.Actors.NoAddress(request.Actor);
            await Task.Delay(s_notFoundPause, run.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<JobOutcome> RemindAsync(ActorRuntime runtime, Job job, CancellationToken cancellationToken)
    {
        var spec = JsonNode.Parse(job.Spec)!;
        var actor = new ActorKey(spec["type"]!.GetValue<string>(), spec["id"]!.GetValue<string>());
        ActorResponse answer;
        try
        {
            answer = await runtime.CallAsync(new ActorRequest(actor, "remind/" + job.Name, job.Data, "application/json", []), cancellationToken).ConfigureAwait(false);
        }
        catch (DaprErrorException) when (runtime.IsClosed)
        {
            return JobOutcome.Later;
        }
        return answer.HasHeader("X-DaprReminderCancel") ? JobOutcome.Cancel : JobOutcome.Done;
    }

    private static string JobKind(string type) => "actor:" + type;

    private string JobOwner(ActorKey actor) => $"{JobKind(actor.Type)}||{sidecar.AppId}||{actor.Id}";

    private string StateKey(ActorKey actor, string key) => $"{sidecar.AppId}||{actor.Type}||{actor.Id}||{key}";

    private static void RefuseReserved(string type)
    {
        if (type.StartsWith(ReservedPrefix, StringComparison.Ordinal))
            throw DaprErrors.Actors.TypeReserved(type);
    }

    private void RequireHosted(string type)
    {
        RefuseReserved(type);
        Store();
        if (Runtime?.Config.Types.Contains(type) != true)
            throw DaprErrors.Actors.ReminderNonHosted();
    }

    private ActorRuntime RequireActive(ActorKey actor)
    {
        RefuseReserved(actor.Type);
        Store();
        return Runtime is { } runtime && runtime.IsActive(actor) ? runtime : throw DaprErrors.Actors.InstanceMissing();
    }

    private IStateStore Store() => sidecar.Components.ActorStore ?? throw DaprErrors.Actors.NoStore();

    /// <summary>The actor threw; policies see a failure, and the caller the actor's answer.</summary>
    private sealed class ActorFailureException(ActorResponse response) : Exception("the actor threw")
    {
        public ActorResponse Response { get; } = response;
    }
}
