using System.Reflection;

namespace Dapr.Actors.Runtime;

/// <summary>An actor's class: its name on the wire and its interfaces.</summary>
public sealed class ActorTypeInformation
{
    private ActorTypeInformation(string name, Type type, IReadOnlyList<Type> interfaces) => (ActorTypeName, ImplementationType, InterfaceTypes) = (name, type, interfaces);

    /// <summary>The name on the wire: the attribute's, or the class's.</summary>
    public string ActorTypeName { get; }

    /// <summary>The class.</summary>
    public Type ImplementationType { get; }

    /// <summary>The interfaces whose methods can be called.</summary>
    public IEnumerable<Type> InterfaceTypes { get; }

    /// <summary>Whether it takes reminders.</summary>
    public bool IsRemindable => typeof(IRemindable).IsAssignableFrom(ImplementationType);

    /// <summary>Reads an actor's class.</summary>
    /// <param name="actorType">The class.</param>
    /// <param name="actorTypeName">The name on the wire; null for the attribute's or the class's.</param>
    /// <exception cref="ArgumentException">It is abstract, no actor, or has no interface that extends <see cref="IActor"/>.</exception>
    public static ActorTypeInformation Get(Type actorType, string? actorTypeName)
    {
        if (actorType.IsAbstract || !typeof(Actor).IsAssignableFrom(actorType))
            throw new ArgumentException($"{actorType} must be a class that extends Actor.", nameof(actorType));
        Type[] interfaces = [.. actorType.GetInterfaces().Where(i => i != typeof(IActor) && typeof(IActor).IsAssignableFrom(i))];
        if (interfaces.Length == 0)
            throw new ArgumentException($"{actorType} must implement an interface that extends IActor.", nameof(actorType));
        return new ActorTypeInformation(actorTypeName ?? actorType.GetCustomAttribute<ActorAttribute>()?.TypeName ?? actorType.Name, actorType, interfaces);
    }
}
