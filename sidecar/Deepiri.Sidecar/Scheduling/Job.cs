namespace Deepiri.Sidecar.Scheduling;

/// <summary>Something that falls due, and is kept until it was done for the last time.</summary>
/// <param name="Owner">Whose it is: who handles it, and what it goes away with. The part up to the first <c>||</c> names the handler.</param>
/// <param name="Name">Unique for its owner.</param>
/// <param name="Schedule">When.</param>
/// <param name="Spec">The schedule as it was asked for, and whatever the owner wants to find again, as JSON.</param>
/// <param name="Data">What is handed over.</param>
/// <param name="Retry">What happens when it fails.</param>
internal sealed record Job(string Owner, string Name, Schedule Schedule, string Spec, byte[] Data, JobRetry Retry)
{
    /// <summary>Which handler it is for.</summary>
    public string Kind => Owner.Split("||", 2)[0];
}

/// <summary>How it went.</summary>
internal enum JobOutcome
{
    /// <summary>Done for this time.</summary>
    Done,

    /// <summary>Done, and not wanted any more.</summary>
    Cancel,

    /// <summary>To be tried again.</summary>
    Failed,

    /// <summary>Whoever handles it is not there now: it stays due.</summary>
    Later,
}
