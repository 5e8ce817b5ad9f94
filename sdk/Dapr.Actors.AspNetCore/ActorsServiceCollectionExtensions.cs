using Dapr.Actors.Client;
using Dapr.Actors.Runtime;
using Dapr.Client;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers actors.</summary>
public static class ActorsServiceCollectionExtensions
{
    /// <summary>Hosts actors in this app, and adds <see cref="IActorProxyFactory"/> to call any.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configure">Names the classes and sets options; null hosts none.</param>
    /// <param name="lifetime">Of the proxy factory.</param>
    public static void AddActors(this IServiceCollection? services, Action<ActorRuntimeOptions>? configure, ServiceLifetime lifetime = ServiceLifetime.Singleton)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddOptions<ActorRuntimeOptions>();
        if (configure is not null)
            services.Configure(configure);
        services.TryAddSingleton<ActorManager>();
        services.TryAdd(new ServiceDescriptor(typeof(IActorProxyFactory), provider =>
        {
            var options = provider.GetRequiredService<IOptions<ActorRuntimeOptions>>().Value;
            return new ActorProxyFactory(new ActorProxyOptions
            {
                JsonSerializerOptions = options.JsonSerializerOptions,
                DaprApiToken = DaprDefaults.ApiToken(options.DaprApiToken),
                HttpEndpoint = DaprDefaults.HttpEndpoint(options.HttpEndpoint).ToString(),
            });
        }, lifetime));
    }
}
