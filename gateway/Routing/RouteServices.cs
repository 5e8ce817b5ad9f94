using Deepiri.Gateway.Realtime;
using Deepiri.ServiceDefaults;
using Deepiri.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Configuration.Json;
using Yarp.ReverseProxy.Forwarder;

namespace Deepiri.Gateway.Routing;

/// <summary>The routes of <c>routes.json</c>, carried out by YARP: to services through the gateway's own sidecar, to the hub directly.</summary>
internal static class RouteServices
{
    public static void AddRoutes(this WebApplicationBuilder builder)
    {
        // First, so that every other source of configuration can change it.
        var routes = new JsonConfigurationSource { Path = Path.Combine(AppContext.BaseDirectory, "routes.json"), Optional = false };
        routes.ResolveFileProvider();
        builder.Configuration.Sources.Insert(0, routes);
        // It tells of each request at two places.
        builder.Logging.AddFilter("Yarp", LogLevel.Warning);
        builder.Services.AddSingleton<IForwarderHttpClientFactory, ConnectionFactory>();
        builder.Services.AddReverseProxy()
            .LoadFromConfig(builder.Configuration.GetSection("ReverseProxy"))
            .AddConfigFilter<SidecarRoutes>()
            .AddTransforms<RequestTransforms>();
    }

    public static void MapRoutes(this WebApplication app)
    {
        app.MapGet("/", (ServiceIdentity service) => new StartPage(service.Name, service.Version, "/openapi.json", "/health")).ExcludeFromDescription();
        app.MapReverseProxy(proxy =>
        {
            proxy.Use(EndWithToken.InvokeAsync);
            proxy.Use(AnswerForUnreachedAsync);
        });
    }

    /// <summary>A response that was forwarded is the service's, also when it is an error without a body. Where no service was reached, the gateway says so.</summary>
    private static async Task AnswerForUnreachedAsync(HttpContext context, Func<Task> next)
    {
        context.Features.GetRequiredFeature<IStatusCodePagesFeature>().Enabled = false;
        await next();
        if (!context.Response.HasStarted && (context.Features.Get<UnreachedService>()?.Error ?? ErrorOf(context)) is { } error)
            throw error;
    }

    private static ApiException? ErrorOf(HttpContext context) => context.GetForwarderErrorFeature()?.Error switch
    {
        // Nobody is there any more whom an answer could reach.
        null or ForwarderError.None or ForwarderError.RequestCanceled or ForwarderError.RequestBodyCanceled or ForwarderError.ResponseBodyCanceled or ForwarderError.ResponseBodyClient => null,
        // YARP takes its status over from Kestrel.
        ForwarderError.RequestBodyClient when context.Response.StatusCode == StatusCodes.Status413PayloadTooLarge => UnreachedService.TooLarge(),
        ForwarderError.RequestBodyClient when context.Response.StatusCode == StatusCodes.Status408RequestTimeout => new ApiException(StatusCodes.Status408RequestTimeout, "REQUEST_TIMEOUT", "The request's body came too slowly."),
        ForwarderError.RequestBodyClient => UnreachedService.Bad("The request's body broke off."),
        ForwarderError.RequestTimedOut => new ApiException(StatusCodes.Status504GatewayTimeout, "GATEWAY_TIMEOUT",
            $"{ServiceOf(context)} did not answer in time.", retryable: true, retryAfter: TimeSpan.FromSeconds(2)),
        _ => ApiException.Unavailable(ServiceOf(context)),
    };

    private static string ServiceOf(HttpContext context) => context.GetReverseProxyFeature().Route.Config.ClusterId is Hub.Cluster ? "realtime-gateway" : context.GetReverseProxyFeature().Route.Config.ClusterId!;

    internal sealed record StartPage(string Name, string Version, string OpenApi, string Health);
}
