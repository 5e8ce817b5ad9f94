using Dapr.Actors.Runtime;
using Deepiri.ServiceDefaults.Sidecar;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Deepiri.ServiceDefaults.Actors;

/// <summary>Actors as all services host and call them.</summary>
public static class PlatformActors
{
    /// <summary>Adds the actor runtime, with the platform's JSON and the service's own sidecar. The service maps it with <c>MapActorsHandlers</c>.</summary>
    /// <param name="register">Registers the actors that the service hosts.</param>
    public static IServiceCollection AddPlatformActors(this IServiceCollection services, Action<ActorRegistrationCollection> register)
    {
        services.AddActors(options => register(options.Actors));
        services.AddOptions<ActorRuntimeOptions>().Configure<IConfiguration>((options, configuration) =>
        {
            options.UseJsonSerialization = true;
            options.JsonSerializerOptions = PlatformJson.Options;
            options.HttpEndpoint = configuration.DaprHttpEndpoint();
            // The SDK refuses null.
            if (configuration.DaprApiToken() is { } token)
                options.DaprApiToken = token;
        });
        return services;
    }
}
