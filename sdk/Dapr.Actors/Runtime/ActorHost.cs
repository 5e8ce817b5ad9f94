using System.Text.Json;
using Dapr.Actors.Client;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Dapr.Actors.Runtime;

/// <summary>What an actor lives in: its type and id, and the way to the sidecar.</summary>
public sealed class ActorHost
{
    private readonly Func<ActorHost, IActorStateManager> _state;

    internal ActorHost(ActorTypeInformation type, ActorId id, JsonSerializerOptions json, ILoggerFactory loggers, IActorProxyFactory proxies, ActorTimerManager timers, Func<ActorHost, IActorStateManager> state) =>
        (ActorTypeInfo, Id, JsonSerializerOptions, LoggerFactory, ProxyFactory, TimerManager, _state) = (type, id, json, loggers, proxies, timers, state);

    /// <summary>The actor's class.</summary>
    public ActorTypeInformation ActorTypeInfo { get; }

    /// <summary>The actor's id.</summary>
    public ActorId Id { get; }

    /// <summary>Makes loggers.</summary>
    public ILoggerFactory LoggerFactory { get; }

    /// <summary>How state is written.</summary>
    public JsonSerializerOptions JsonSerializerOptions { get; }

    /// <summary>Makes proxies of other actors.</summary>
    public IActorProxyFactory ProxyFactory { get; }

    /// <summary>Timers and reminders.</summary>
    public ActorTimerManager TimerManager { get; }

    /// <summary>A host for a unit test of an actor: its state is kept in memory, and what is not given in the options refuses to be used.</summary>
    public static ActorHost CreateForTest<TActor>(ActorTestOptions? options = null) where TActor : Actor => CreateForTest(typeof(TActor), options);

    /// <summary>The same under another type name.</summary>
    public static ActorHost CreateForTest<TActor>(string actorTypeName, ActorTestOptions? options = null) where TActor : Actor => CreateForTest(typeof(TActor), actorTypeName, options);

    /// <summary>The same for a class known at run time.</summary>
    public static ActorHost CreateForTest(Type actorType, ActorTestOptions? options = null) => CreateForTest(actorType, null!, options);

    /// <summary>The same for a class known at run time, under another type name.</summary>
    public static ActorHost CreateForTest(Type actorType, string actorTypeName, ActorTestOptions? options = null)
    {
        options ??= new ActorTestOptions();
        return new ActorHost(ActorTypeInformation.Get(actorType, actorTypeName), options.ActorId, options.JsonSerializerOptions, options.LoggerFactory, options.ProxyFactory, options.TimerManager,
            _ => new ActorStateManager(new InMemoryActorState(), TimeProvider.System));
    }

    internal IActorStateManager CreateStateManager() => _state(this);
}

/// <summary>What a unit test gives an actor's host.</summary>
public sealed class ActorTestOptions
{
    /// <summary>The actor's id; a random one by default.</summary>
    public ActorId ActorId { get; set; } = ActorId.CreateRandom();

    /// <summary>Makes loggers; by default none that write.</summary>
    public ILoggerFactory LoggerFactory { get; set; } = NullLoggerFactory.Instance;

    /// <summary>How state is written.</summary>
    public JsonSerializerOptions JsonSerializerOptions { get; set; } = JsonSerializerOptions.Web;

    /// <summary>Makes proxies of other actors.</summary>
    public IActorProxyFactory ProxyFactory { get; set; } = ActorProxy.DefaultProxyFactory;

    /// <summary>Timers and reminders; the default refuses them.</summary>
    public ActorTimerManager TimerManager { get; set; } = new UnavailableTimerManager();

    private sealed class UnavailableTimerManager : ActorTimerManager
    {
        private static NotSupportedException Refused() => new("This actor was made for a test without timers and reminders. Set ActorTestOptions.TimerManager.");

        public override Task RegisterReminderAsync(ActorReminder reminder) => throw Refused();

        public override Task UnregisterReminderAsync(ActorReminderToken reminder) => throw Refused();

        public override Task<IActorReminder?> GetReminderAsync(ActorReminderToken reminder) => throw Refused();

        public override Task RegisterTimerAsync(ActorTimer timer) => throw Refused();

        public override Task UnregisterTimerAsync(ActorTimerToken timer) => throw Refused();
    }
}
