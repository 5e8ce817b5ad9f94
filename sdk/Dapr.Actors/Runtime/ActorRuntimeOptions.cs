using System.Collections.ObjectModel;
using System.Text.Json;

namespace Dapr.Actors.Runtime;

/// <summary>The actors that an app hosts, and how (https://docs.dapr.io/developing-applications/building-blocks/actors/actors-runtime-config/).</summary>
public sealed class ActorRuntimeOptions
{
    /// <summary>The actors' classes.</summary>
    public ActorRegistrationCollection Actors { get; } = [];

    /// <summary>After how long without a call an actor is let go; the sidecar's hour when it is null.</summary>
    public TimeSpan? ActorIdleTimeout { get; set; }

    /// <summary>How often the sidecar looks for idle ones; it decides itself when this is null.</summary>
    public TimeSpan? ActorScanInterval { get; set; }

    /// <summary>How long the sidecar waits for a turn under way before it lets an actor go.</summary>
    public TimeSpan? DrainOngoingCallTimeout { get; set; }

    /// <summary>Whether it waits at all.</summary>
    public bool DrainRebalancedActors { get; set; }

    /// <summary>Whether chains of calls may come back.</summary>
    public ActorReentrancyConfig ReentrancyConfig { get; set; } = new();

    /// <summary>For source compatibility: arguments and results always are JSON here.</summary>
    public bool UseJsonSerialization { get; set; }

    /// <summary>How arguments, results and state are written.</summary>
    public JsonSerializerOptions JsonSerializerOptions { get; set; } = JsonSerializerOptions.Web;

    /// <summary>The sidecar's token; by default <c>DAPR_API_TOKEN</c>.</summary>
    public string? DaprApiToken { get; set; }

    /// <summary>For source compatibility; reminders are kept by the scheduler.</summary>
    public int? RemindersStoragePartitions { get; set; }

    /// <summary>The sidecar; by default as the environment says.</summary>
    public string? HttpEndpoint { get; set; }
}

/// <summary>A hosted class, with options of its own when it has them.</summary>
public sealed class ActorRegistration(ActorTypeInformation type, ActorRuntimeOptions? options)
{
    /// <summary>The class.</summary>
    public ActorTypeInformation Type { get; } = type;

    /// <summary>Its own options; null for the app's.</summary>
    public ActorRuntimeOptions? TypeOptions { get; } = options;
}

/// <summary>The hosted classes.</summary>
public sealed class ActorRegistrationCollection : KeyedCollection<ActorTypeInformation, ActorRegistration>
{
    /// <summary>Hosts a class.</summary>
    public void RegisterActor<TActor>(Action<ActorRegistration>? configure = null) where TActor : Actor => Register<TActor>(null, null, configure);

    /// <summary>Hosts a class with options of its own.</summary>
    public void RegisterActor<TActor>(ActorRuntimeOptions typeOptions, Action<ActorRegistration>? configure = null) where TActor : Actor => Register<TActor>(null, typeOptions, configure);

    /// <summary>Hosts a class under another type name.</summary>
    public void RegisterActor<TActor>(string actorTypeName, Action<ActorRegistration>? configure = null) where TActor : Actor => Register<TActor>(actorTypeName, null, configure);

    /// <summary>Hosts a class under another type name with options of its own.</summary>
    public void RegisterActor<TActor>(string actorTypeName, ActorRuntimeOptions typeOptions, Action<ActorRegistration>? configure = null) where TActor : Actor => Register<TActor>(actorTypeName, typeOptions, configure);

    /// <inheritdoc/>
    protected override ActorTypeInformation GetKeyForItem(ActorRegistration item) => item.Type;

    private void Register<TActor>(string? name, ActorRuntimeOptions? options, Action<ActorRegistration>? configure) where TActor : Actor
    {
        var registration = new ActorRegistration(ActorTypeInformation.Get(typeof(TActor), name), options);
        configure?.Invoke(registration);
        Add(registration);
    }
}
