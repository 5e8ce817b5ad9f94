using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Http;

namespace Deepiri.Sidecar.State;

/// <summary>The key under which a store keeps an app's key, or its lock: <c>{prefix}||{key}</c>, after the component's <c>keyPrefix</c>.</summary>
internal sealed class StateKeys
{
    private const string Separator = "||";
    private readonly string _store;
    private readonly string _prefix;

    public StateKeys(LoadedComponent component, string appId)
    {
        _store = component.Spec.Name;
        var configured = component.Metadata.Text("keyPrefix") ?? "appid";
        if (configured.Contains(Separator))
            throw DaprErrors.State.IllegalKey(_store, configured);
        _prefix = configured.ToLowerInvariant() switch
        {
            "none" => "",
            "appid" => appId + Separator,
            "name" => _store + Separator,
            "namespace" => $"{Templates.Namespace}.{appId}{Separator}",
            _ => configured + Separator,
        };
    }

    public string Full(string key) => key.Contains(Separator) ? throw DaprErrors.State.IllegalKey(_store, key) : _prefix + key;
}
