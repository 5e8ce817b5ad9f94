namespace Dapr.Actors.Runtime;

/// <summary>Gives an actor's class another type name than its own.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = false, Inherited = false)]
public sealed class ActorAttribute : Attribute
{
    /// <summary>The type's name on the wire.</summary>
    public string? TypeName { get; set; }
}
