using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Deepiri.Sidecar.Http;
using Deepiri.Sidecar.Scheduling;
using Microsoft.Extensions.Logging;

namespace Deepiri.Sidecar.Actors;

/// <summary>What an app asks a timer or a reminder to do: the times as it wrote them, and what it gets back with each.</summary>
internal sealed record ActorTimerRequest(ActorKey Actor, string Name, string? DueTime, string? Period, string? Ttl, string? Callback, JsonNode? Data)
{
    /// <summary>What the actor is called with.</summary>
    public byte[] Body()
    {
        var body = new JsonObject { ["dueTime"] = DueTime ?? "", ["period"] = Period ?? "" };
        if (Callback is not null)
            body["callback"] = Callback;
        if (Data is not null)
            body["data"] = Data.DeepClone();
        return System.Text.Encoding.UTF8.GetBytes(body.ToJsonString());
    }
}

/// <summary>The timers of the actors in an app's memory; they end with their actor.</summary>
internal sealed class ActorTimers(ActorRuntime runtime, string appId, TimeProvider time, ILogger log) : IDisposable
{
    private readonly ConcurrentDictionary<(ActorKey Actor, string Name), CancellationTokenSource> _timers = new();

    /// <summary>Starts a timer; one of the same name ends.</summary>
    /// <exception cref="FormatException">A time is not valid.</exception>
    public void Register(ActorTimerRequest request)
    {
        var schedule = Schedule.Parse(request.DueTime, request.Period, request.Ttl, time.GetUtcNow());
        var stop = new CancellationTokenSource();
        _timers.AddOrUpdate((request.Actor, request.Name), stop, (_, old) =>
        {
            old.Cancel();
            return stop;
        });
        _ = RunAsync(request, schedule, stop);
    }

    public void Unregister(ActorKey actor, string name)
    {
        if (_timers.TryRemove((actor, name), out var stop))
            stop.Cancel();
    }

    public void RemoveAll(ActorKey actor)
    {
        foreach (var (key, _) in _timers.Where(t => t.Key.Actor == actor))
            Unregister(key.Actor, key.Name);
    }

    public void Dispose()
    {
        foreach (var (key, _) in _timers)
            Unregister(key.Actor, key.Name);
    }

    private async Task RunAsync(ActorTimerRequest request, Schedule schedule, CancellationTokenSource stop)
    {
        var body = request.Body();
        var remaining = schedule.Repeats;
        try
        {
            for (DateTimeOffset? due = schedule.First; due is { } at && remaining is not 0; due = schedule.After(at, time.GetUtcNow()), remaining--)
            {
                await Wait.UntilAsync(at, time, stop.Token).ConfigureAwait(false);
                await FireAsync(request, body, stop.Token).ConfigureAwait(false);
            }
            _timers.TryRemove(KeyValuePair.Create((request.Actor, request.Name), stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Unregistered, or replaced.
        }
    }

    private async Task FireAsync(ActorTimerRequest request, byte[] body, CancellationToken cancellationToken)
    {
        try
        {
            await runtime.CallAsync(new ActorRequest(request.Actor, "timer/" + request.Name, body, "application/json", []), cancellationToken).ConfigureAwait(false);
        }
        catch (DaprErrorException e)
        {
            // The next tick comes all the same.
            Log.TimerFailed(log, appId, request.Name, request.Actor.Type, request.Actor.Id, e.Message);
        }
    }
}
