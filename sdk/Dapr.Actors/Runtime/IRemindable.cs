namespace Dapr.Actors.Runtime;

/// <summary>An actor that takes reminders.</summary>
public interface IRemindable
{
    /// <summary>A reminder is due.</summary>
    /// <param name="reminderName">Its name.</param>
    /// <param name="state">What was registered with it.</param>
    /// <param name="dueTime">As it was registered.</param>
    /// <param name="period">As it was registered.</param>
    Task ReceiveReminderAsync(string reminderName, byte[] state, TimeSpan dueTime, TimeSpan period);
}

/// <summary>A reminder.</summary>
public interface IActorReminder
{
    /// <summary>Its name, unique for the actor.</summary>
    string Name { get; }

    /// <summary>Until the first time.</summary>
    TimeSpan DueTime { get; }

    /// <summary>From then on.</summary>
    TimeSpan Period { get; }

    /// <summary>What is handed back.</summary>
    byte[]? State { get; }
}
