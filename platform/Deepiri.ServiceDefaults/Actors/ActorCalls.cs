using Dapr.Actors;
using Dapr.Actors.Client;

namespace Deepiri.ServiceDefaults.Actors;

/// <summary>
/// Calls actors as JSON over HTTP. The typed proxies of Dapr.Actors 1.19 make new serializer options, and with them emit code, for each proxy, which
/// costs more than the call; see docs/decisions/0016.
/// </summary>
public static class ActorCalls
{
    /// <summary>An actor, called by the names of its methods.</summary>
    public static ActorProxy Actor(this IActorProxyFactory proxies, string actorType, string id) => proxies.Create(new ActorId(id), actorType);
}
