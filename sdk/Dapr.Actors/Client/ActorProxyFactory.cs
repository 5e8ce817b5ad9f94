using System.Collections.Concurrent;
using System.Reflection;
using Dapr.Client;

namespace Dapr.Actors.Client;

/// <summary>Makes proxies that call through the app's sidecar. Proxies of one factory share its connections.</summary>
public class ActorProxyFactory : IActorProxyFactory
{
    private static readonly MethodInfo s_create = typeof(DispatchProxy).GetMethods().Single(m => m is { Name: nameof(DispatchProxy.Create), IsGenericMethod: true });

    private readonly ConcurrentDictionary<(string Endpoint, string? Token, TimeSpan? Timeout), HttpClient> _clients = new();
    private readonly HttpMessageHandler? _handler;

    /// <summary>A factory.</summary>
    /// <param name="options">For proxies that are made without options of their own.</param>
    /// <param name="handler">Sends the requests; by default one that speaks to the sidecar.</param>
    public ActorProxyFactory(ActorProxyOptions? options = null, HttpMessageHandler? handler = null)
    {
        DefaultOptions = options ?? new ActorProxyOptions();
        _handler = handler;
    }

    /// <summary>For proxies that are made without options of their own.</summary>
    public ActorProxyOptions DefaultOptions { get; set; }

    /// <inheritdoc/>
    public TActorInterface CreateActorProxy<TActorInterface>(ActorId actorId, string actorType, ActorProxyOptions? options = null) where TActorInterface : IActor =>
        (TActorInterface)CreateActorProxy(actorId, typeof(TActorInterface), actorType, options);

    /// <inheritdoc/>
    public object CreateActorProxy(ActorId actorId, Type actorInterfaceType, string actorType, ActorProxyOptions? options = null)
    {
        if (!actorInterfaceType.IsInterface || !typeof(IActor).IsAssignableFrom(actorInterfaceType))
            throw new ArgumentException($"{actorInterfaceType} must be an interface that extends IActor.", nameof(actorInterfaceType));
        var proxy = s_create.MakeGenericMethod(actorInterfaceType, typeof(TypedActorProxy)).Invoke(null, null)!;
        ((TypedActorProxy)proxy).Initialize(Create(actorId, actorType, options));
        return proxy;
    }

    /// <inheritdoc/>
    public ActorProxy Create(ActorId actorId, string actorType, ActorProxyOptions? options = null)
    {
        options ??= DefaultOptions;
        return new ActorProxy(actorId, actorType, ClientFor(options), options.JsonSerializerOptions);
    }

    private HttpClient ClientFor(ActorProxyOptions options) => _clients.GetOrAdd((options.HttpEndpoint, options.DaprApiToken, options.RequestTimeout), key =>
    {
        if (_handler is null)
            return SidecarConnection.Create(DaprDefaults.HttpEndpoint(key.Endpoint), key.Token, key.Timeout ?? Timeout.InfiniteTimeSpan);
        var client = new HttpClient(_handler, disposeHandler: false) { BaseAddress = DaprDefaults.HttpEndpoint(key.Endpoint), Timeout = key.Timeout ?? Timeout.InfiniteTimeSpan };
        if (key.Token is { } token)
            client.DefaultRequestHeaders.Add(SidecarConnection.ApiTokenHeader, token);
        return client;
    });
}
