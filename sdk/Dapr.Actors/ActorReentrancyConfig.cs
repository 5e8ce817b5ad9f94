namespace Dapr.Actors;

/// <summary>Whether a chain of calls may come back to an actor whose turn it is.</summary>
public sealed class ActorReentrancyConfig
{
    /// <summary>Off by default.</summary>
    public bool Enabled { get; set; }

    /// <summary>How often a chain may come back; the sidecar's 32 when it is null.</summary>
    public int? MaxStackDepth { get; set; }
}
