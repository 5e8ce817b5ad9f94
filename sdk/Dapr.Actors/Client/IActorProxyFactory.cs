namespace Dapr.Actors.Client;

/// <summary>Makes proxies of actors.</summary>
public interface IActorProxyFactory
{
    /// <summary>A proxy that has the actor's interface.</summary>
    TActorInterface CreateActorProxy<TActorInterface>(ActorId actorId, string actorType, ActorProxyOptions? options = null) where TActorInterface : IActor;

    /// <summary>The same for an interface known at run time.</summary>
    object CreateActorProxy(ActorId actorId, Type actorInterfaceType, string actorType, ActorProxyOptions? options = null);

    /// <summary>A proxy that calls methods by name.</summary>
    ActorProxy Create(ActorId actorId, string actorType, ActorProxyOptions? options = null);
}

/// <summary>What every proxy tells of its actor.</summary>
public interface IActorProxy
{
    /// <summary>The actor's id.</summary>
    ActorId ActorId { get; }

    /// <summary>Its type.</summary>
    string ActorType { get; }
}
