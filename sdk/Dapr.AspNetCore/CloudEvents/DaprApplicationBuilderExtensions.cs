using Dapr;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Unwraps CloudEvents.</summary>
public static class DaprApplicationBuilderExtensions
{
    /// <summary>Replaces the body of an <c>application/cloudevents+json</c> request by the event's data.</summary>
    public static IApplicationBuilder UseCloudEvents(this IApplicationBuilder builder) =>
        builder.UseCloudEvents(new CloudEventsMiddlewareOptions());

    /// <summary>The same, with options.</summary>
    public static IApplicationBuilder UseCloudEvents(this IApplicationBuilder builder, CloudEventsMiddlewareOptions options) =>
        builder.UseMiddleware<CloudEventsMiddleware>(options);
}
