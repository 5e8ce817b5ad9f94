using Dapr.Actors.Client;
using Microsoft.Extensions.Logging;

namespace Dapr.Actors.Runtime;

/// <summary>
/// Base of all actors: one instance per id, one turn at a time, state that is saved after each turn that succeeds
/// (https://docs.dapr.io/developing-applications/building-blocks/actors/actors-overview/).
/// </summary>
public abstract class Actor
{
    /// <summary>An actor is made by its host, with further constructor arguments from the services.</summary>
    protected Actor(ActorHost host)
    {
        Host = host;
        StateManager = host.CreateStateManager();
        Logger = host.LoggerFactory.CreateLogger(GetType());
    }

    /// <summary>Logs under the actor's type.</summary>
    protected ILogger Logger { get; }

    /// <summary>The actor's id.</summary>
    public ActorId Id => Host.Id;

    /// <summary>What the actor lives in.</summary>
    public ActorHost Host { get; }

    /// <summary>Makes proxies of other actors.</summary>
    public IActorProxyFactory ProxyFactory => Host.ProxyFactory;

    /// <summary>The actor's state.</summary>
    public IActorStateManager StateManager { get; protected set; }

    /// <summary>Saves the state now, before the turn's end.</summary>
    protected Task SaveStateAsync() => StateManager.SaveStateAsync();

    /// <summary>Called before the first turn.</summary>
    protected virtual Task OnActivateAsync() => Task.CompletedTask;

    /// <summary>Called when the actor is let go.</summary>
    protected virtual Task OnDeactivateAsync() => Task.CompletedTask;

    /// <summary>Called before each method, reminder and timer.</summary>
    protected virtual Task OnPreActorMethodAsync(ActorMethodContext actorMethodContext) => Task.CompletedTask;

    /// <summary>Called after each method, reminder and timer that succeeded, before the state is saved.</summary>
    protected virtual Task OnPostActorMethodAsync(ActorMethodContext actorMethodContext) => Task.CompletedTask;

    /// <summary>Called after each that failed; what it changed of the state is forgotten.</summary>
    protected virtual Task OnActorMethodFailedAsync(ActorMethodContext actorMethodContext, Exception e) => Task.CompletedTask;

    /// <summary>Registers a reminder, which survives restarts and wakes the actor; one of the same name is replaced.</summary>
    /// <param name="reminderName">Unique for the actor.</param>
    /// <param name="state">Handed back each time.</param>
    /// <param name="dueTime">Until the first time.</param>
    /// <param name="period">From then on; negative for once.</param>
    protected Task<IActorReminder> RegisterReminderAsync(string reminderName, byte[]? state, TimeSpan dueTime, TimeSpan period) => RegisterAsync(new ActorReminder(Host.ActorTypeInfo.ActorTypeName, Id, reminderName, state, dueTime, period));

    /// <summary>The same, ended after a time.</summary>
    protected Task<IActorReminder> RegisterReminderAsync(string reminderName, byte[]? state, TimeSpan dueTime, TimeSpan period, TimeSpan ttl) => RegisterAsync(new ActorReminder(Host.ActorTypeInfo.ActorTypeName, Id, reminderName, state, dueTime, period, ttl));

    /// <summary>The same, ended after a time or a number of repetitions.</summary>
    protected Task<IActorReminder> RegisterReminderAsync(string reminderName, byte[]? state, TimeSpan dueTime, TimeSpan period, int repetitions, TimeSpan ttl) => RegisterAsync(new ActorReminder(Host.ActorTypeInfo.ActorTypeName, Id, reminderName, state, dueTime, period, repetitions, ttl));

    /// <summary>The same, ended after a number of repetitions.</summary>
    protected Task<IActorReminder> RegisterReminderAsync(string reminderName, byte[]? state, TimeSpan dueTime, TimeSpan period, int repetitions) => RegisterAsync(new ActorReminder(Host.ActorTypeInfo.ActorTypeName, Id, reminderName, state, dueTime, period, repetitions));

    /// <summary>A reminder of this actor; null when there is none of that name.</summary>
    protected Task<IActorReminder?> GetReminderAsync(string reminderName) => Host.TimerManager.GetReminderAsync(new ActorReminderToken(Host.ActorTypeInfo.ActorTypeName, Id, reminderName));

    /// <summary>Ends a reminder.</summary>
    protected Task UnregisterReminderAsync(IActorReminder reminder) => UnregisterReminderAsync(reminder.Name);

    /// <summary>Ends a reminder; one that does not exist is none.</summary>
    protected Task UnregisterReminderAsync(string reminderName) => Host.TimerManager.UnregisterReminderAsync(new ActorReminderToken(Host.ActorTypeInfo.ActorTypeName, Id, reminderName));

    /// <summary>Registers a timer, which ends with the actor's stay in memory and does not keep it there.</summary>
    /// <param name="timerName">Unique for the actor.</param>
    /// <param name="callback">The method to call: with a <c>byte[]</c> or nothing, returning <see cref="Task"/>.</param>
    /// <param name="callbackParams">Handed to it.</param>
    /// <param name="dueTime">Until the first time.</param>
    /// <param name="period">From then on; negative for once.</param>
    public Task<ActorTimer> RegisterTimerAsync(string timerName, string callback, byte[]? callbackParams, TimeSpan dueTime, TimeSpan period) => RegisterAsync(new ActorTimer(Host.ActorTypeInfo.ActorTypeName, Id, timerName, callback, callbackParams, dueTime, period));

    /// <summary>The same, ended after a time.</summary>
    public Task<ActorTimer> RegisterTimerAsync(string timerName, string callback, byte[]? callbackParams, TimeSpan dueTime, TimeSpan period, TimeSpan ttl) => RegisterAsync(new ActorTimer(Host.ActorTypeInfo.ActorTypeName, Id, timerName, callback, callbackParams, dueTime, period, ttl));

    /// <summary>Ends a timer.</summary>
    protected Task UnregisterTimerAsync(ActorTimer timer) => UnregisterTimerAsync(timer.Name);

    /// <summary>Ends a timer; one that does not exist is none.</summary>
    protected Task UnregisterTimerAsync(string timerName) => Host.TimerManager.UnregisterTimerAsync(new ActorTimerToken(Host.ActorTypeInfo.ActorTypeName, Id, timerName));

    internal Task ActivateAsync() => OnActivateAsync();

    internal Task DeactivateAsync() => OnDeactivateAsync();

    /// <summary>One turn: the hooks, the work, then the state saved, or forgotten when it failed.</summary>
    internal async Task<T> RunTurnAsync<T>(ActorMethodContext context, Func<Task<T>> work)
    {
        try
        {
            await OnPreActorMethodAsync(context).ConfigureAwait(false);
            var result = await work().ConfigureAwait(false);
            await OnPostActorMethodAsync(context).ConfigureAwait(false);
            await StateManager.SaveStateAsync().ConfigureAwait(false);
            return result;
        }
        catch (Exception e)
        {
            await StateManager.ClearCacheAsync().ConfigureAwait(false);
            await OnActorMethodFailedAsync(context, e).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<IActorReminder> RegisterAsync(ActorReminder reminder)
    {
        await Host.TimerManager.RegisterReminderAsync(reminder).ConfigureAwait(false);
        return reminder;
    }

    private async Task<ActorTimer> RegisterAsync(ActorTimer timer)
    {
        await Host.TimerManager.RegisterTimerAsync(timer).ConfigureAwait(false);
        return timer;
    }
}
