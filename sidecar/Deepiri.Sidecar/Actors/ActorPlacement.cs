using System.Collections.Concurrent;

namespace Deepiri.Sidecar.Actors;

/// <summary>Which app of the run hosts which actor type: the placement of a single node.</summary>
internal sealed class ActorPlacement
{
    private readonly ConcurrentDictionary<string, ActorRuntime> _hosts = new(StringComparer.Ordinal);

    public ActorRuntime? Find(string type) => _hosts.GetValueOrDefault(type);

    public void Add(ActorRuntime runtime)
    {
        foreach (var type in runtime.Config.Types)
            _hosts[type] = runtime;
    }

    public void Remove(ActorRuntime runtime)
    {
        foreach (var type in runtime.Config.Types)
            _hosts.TryRemove(KeyValuePair.Create(type, runtime));
    }
}
