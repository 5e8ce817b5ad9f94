namespace Dapr.Actors.Runtime;

/// <summary>Where an actor's timers and reminders are kept.</summary>
public abstract class ActorTimerManager
{
    /// <summary>Registers a reminder.</summary>
    public abstract Task RegisterReminderAsync(ActorReminder reminder);

    /// <summary>Ends a reminder.</summary>
    public abstract Task UnregisterReminderAsync(ActorReminderToken reminder);

    /// <summary>Finds a reminder; null when there is none.</summary>
    public abstract Task<IActorReminder?> GetReminderAsync(ActorReminderToken reminder);

    /// <summary>Registers a timer.</summary>
    public abstract Task RegisterTimerAsync(ActorTimer timer);

    /// <summary>Ends a timer.</summary>
    public abstract Task UnregisterTimerAsync(ActorTimerToken timer);
}
