using System.Collections.Concurrent;
using Deepiri.Sidecar.Resources;

namespace Deepiri.Sidecar.Resiliency;

/// <summary>
/// The policies that hold for one app, by target (https://docs.dapr.io/operations/resiliency/targets/). A target that is named has what it names
/// and nothing else; any other has the default policies, the most specific name first.
/// </summary>
internal sealed class ResiliencyPolicies(IReadOnlyList<ResiliencySpec> specs, TimeProvider time)
{
    private const int DefaultCacheSize = 100;
    private const string InitializationRetries = "DaprBuiltInInitializationRetries";
    private const int FewestBuiltInRetries = 3;

    private readonly ConcurrentDictionary<string, LruCache<string, Policy>> _byTarget = new(StringComparer.Ordinal);

    /// <summary>How a component is started: as <c>DaprBuiltInInitializationRetries</c> says, or for half a minute. Apps and servers start at the same time.</summary>
    public RetrySpec Initialization { get; } = specs.Select(s => s.Retries.GetValueOrDefault(InitializationRetries)).FirstOrDefault(r => r is not null) is { } own
        ? own with { MaxRetries = own.MaxRetries is >= 0 and < FewestBuiltInRetries ? FewestBuiltInRetries : own.MaxRetries }
        : new RetrySpec(true, TimeSpan.Zero, TimeSpan.FromSeconds(4), 10, null);

    /// <summary>A call to another app. Breakers are kept for each endpoint, as Dapr keeps them.</summary>
    public Policy App(string appId, string endpoint)
    {
        var names = Named(s => s.Apps, appId) ?? Defaults("App");
        return Cached("app:" + appId, names, endpoint);
    }

    /// <summary>A call of an actor: retry and breaker, which come before its turn. The timeout, which begins with the turn, is <see cref="ActorTimeout"/>.</summary>
    public Policy Actor(string type, string id)
    {
        var names = ActorNames(type);
        return Cached("actor:" + type, names with { Timeout = null }, names.Scope switch
        {
            "id" => id,
            "both" => $"{type}||{id}",
            _ => type,
        });
    }

    /// <summary>How long a turn of an actor may take.</summary>
    public TimeSpan? ActorTimeout(string type) => ActorNames(type).Timeout is { } timeout && Find(timeout) is { Ticks: > 0 } patience ? patience : null;

    /// <summary>A call of a component.</summary>
    public Policy Outbound(ComponentSpec component) => Component(component, "Outbound");

    /// <summary>A delivery from a component to the app.</summary>
    public Policy Inbound(ComponentSpec component) => Component(component, "Inbound");

    private Policy Component(ComponentSpec component, string direction)
    {
        var target = $"{component.Name}/{direction.ToLowerInvariant()}";
        // A component that is named at all has no defaults, in neither direction.
        var names = Named(s => s.Components, target)
            ?? (specs.Any(s => s.Components.Keys.Any(k => k.StartsWith(component.Name + "/", StringComparison.Ordinal))) ? new PolicyNames(null, null, null)
                : Defaults($"{TypeName(component.Type)}Component{direction}", $"Component{direction}", "Component"));
        return Cached(target, names, component.Name);
    }

    private PolicyNames ActorNames(string type) => Named(s => s.Actors, type) ?? Defaults("Actor") with { Scope = "type" };

    private Policy Cached(string target, PolicyNames names, string breakerKey)
    {
        if (names is { Timeout: null, Retry: null, CircuitBreaker: null })
            return Policy.None;
        var policies = _byTarget.GetOrAdd(target, _ => new LruCache<string, Policy>(names.CacheSize > 0 ? names.CacheSize : DefaultCacheSize));
        // Without a breaker there is nothing to keep apart.
        return policies.GetOrAdd(names.CircuitBreaker is null ? "" : breakerKey, () => Make(names));
    }

    private Policy Make(PolicyNames names) => Policy.Of(
        names.Timeout is { } timeout ? Find(timeout) : null,
        names.Retry is { } retry ? specs.Select(s => s.Retries.GetValueOrDefault(retry)).FirstOrDefault(r => r is not null) : null,
        names.CircuitBreaker is { } breaker ? specs.Select(s => s.CircuitBreakers.GetValueOrDefault(breaker)).OfType<CircuitBreakerSpec>().Select(s => new CircuitBreaker(s, time)).First() : null,
        time);

    private PolicyNames? Named(Func<ResiliencySpec, IReadOnlyDictionary<string, PolicyNames>> targets, string name) =>
        specs.Select(s => targets(s).GetValueOrDefault(name)).FirstOrDefault(n => n is not null);

    private PolicyNames Defaults(params string[] levels)
    {
        string? Default(string kind, Func<string, bool> exists) => levels.Append("").Select(level => $"Default{level}{kind}Policy").FirstOrDefault(exists);
        return new PolicyNames(
            Default("Timeout", name => specs.Any(s => s.Timeouts.ContainsKey(name))),
            Default("Retry", name => specs.Any(s => s.Retries.ContainsKey(name))),
            Default("CircuitBreaker", name => specs.Any(s => s.CircuitBreakers.ContainsKey(name))));
    }

    private TimeSpan? Find(string timeout) => specs.Where(s => s.Timeouts.ContainsKey(timeout)).Select(s => (TimeSpan?)s.Timeouts[timeout]).FirstOrDefault();

    private static string TypeName(string componentType) => componentType.Split('.')[0].ToLowerInvariant() switch
    {
        "state" => "Statestore",
        "pubsub" => "Pubsub",
        "bindings" => "Binding",
        "secretstores" => "Secretstore",
        "configuration" => "Configuration",
        "lock" => "Lock",
        var other => char.ToUpperInvariant(other[0]) + other[1..],
    };
}
