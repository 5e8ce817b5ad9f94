using System.Text.Json;
using Dapr;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Answers the sidecar's question which topics the app subscribes to.</summary>
public static class DaprEndpointRouteBuilderExtensions
{
    /// <summary>Maps <c>GET /dapr/subscribe</c> from the <c>[Topic]</c> and <c>WithTopic</c> of all endpoints.</summary>
    public static IEndpointConventionBuilder MapSubscribeHandler(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapSubscribeHandler(new SubscribeOptions());

    /// <summary>The same, with defaults for every subscription.</summary>
    public static IEndpointConventionBuilder MapSubscribeHandler(this IEndpointRouteBuilder endpoints, SubscribeOptions options) =>
        endpoints.MapGet("dapr/subscribe", (EndpointDataSource source) => TypedResults.Json(SubscriptionBuilder.Build(source.Endpoints, options), JsonSerializerOptions.Web))
            .ExcludeFromDescription();
}
