using Deepiri.ServiceDefaults.Sidecar;
using System.Diagnostics;
using System.Net;
using Deepiri.Contracts;
using Deepiri.Gateway.Authentication;
using Deepiri.HttpForwarding;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Features;

namespace Deepiri.Gateway.Routing;

/// <summary>Sends requests to the services, through the gateway's own sidecar.</summary>
internal static class Proxy
{
    public static IServiceCollection AddProxy(this IServiceCollection services, IConfiguration configuration) =>
        services.AddSingleton(new SidecarAddress(configuration.DaprHttpEndpoint(), configuration.DaprApiToken()))
            .AddSingleton(_ => new HttpForwarder());

    public static void MapProxy(this WebApplication app)
    {
        var forwarder = app.Services.GetRequiredService<HttpForwarder>();
        var sidecar = app.Services.GetRequiredService<SidecarAddress>();
        app.MapGet("/", (ServiceIdentity service) => new { service.Name, service.Version, OpenApi = "/openapi.json", Health = "/health" }).ExcludeFromDescription();
        app.MapFallback("{**path}", context => ForwardAsync(context, forwarder, sidecar));
    }

    /// <summary>Sets who makes the request, and removes what the client said about it.</summary>
    public static void SetIdentity(HttpContext context, HttpRequestMessage request)
    {
        var headers = request.Headers;
        headers.Remove("Authorization");
        foreach (var name in (ReadOnlySpan<string>)[Headers.UserId, Headers.UserRole, Headers.SessionId, Headers.GatewayToken, Headers.RequestId])
            headers.Remove(name);
        foreach (var (name, _) in context.Request.Headers)
        {
            if (name.StartsWith("dapr-", StringComparison.OrdinalIgnoreCase))
                headers.Remove(name);
        }
        headers.TryAddWithoutValidation(Headers.RequestId, context.TraceIdentifier);
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity)
        {
            headers.Remove("traceparent");
            headers.TryAddWithoutValidation("traceparent", activity.Id);
        }
        if (context.Features.Get<AccessToken>() is not { } token)
            return;
        headers.TryAddWithoutValidation(Headers.UserId, token.UserId);
        headers.TryAddWithoutValidation(Headers.UserRole, token.Role);
        if (token.SessionId is not null)
            headers.TryAddWithoutValidation(Headers.SessionId, token.SessionId);
    }

    private static async Task ForwardAsync(HttpContext context, HttpForwarder forwarder, SidecarAddress sidecar)
    {
        var raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var queryAt = raw.IndexOf('?');
        var rawPath = queryAt < 0 ? raw : raw[..queryAt];
        if (IsAmbiguous(rawPath) || IsRefusedByDapr(rawPath))
            throw NotReached(HttpStatusCode.BadRequest, "");
        if (RouteTable.Find(rawPath) is not { } destination)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        if (!destination.IsAnonymous)
            context.RequireToken();

        var path = $"/v1.0/invoke/{destination.AppId}/method{destination.Path}{(queryAt < 0 ? "" : raw[queryAt..])}";
        using var response = await SendAsync(context, forwarder, sidecar, destination.AppId, path);
        // Every service signs its responses; one without a signature is the sidecar's own: the service was not reached.
        if ((int)response.StatusCode >= 400 && !response.Headers.NonValidated.Contains(Headers.ServiceName))
            throw NotReached(response.StatusCode, destination.AppId);
        LeaveResponseAlone(context);
        await HttpForwarder.CopyResponseAsync(context, response);
    }

    /// <summary>A response that was forwarded is the service's, also when it is an error without a body.</summary>
    public static void LeaveResponseAlone(HttpContext context) => context.Features.GetRequiredFeature<IStatusCodePagesFeature>().Enabled = false;

    /// <summary>A path that somebody further on would resolve to another one than limits and routes were judged by.</summary>
    private static bool IsAmbiguous(string rawPath) =>
        rawPath.Contains("//", StringComparison.Ordinal) || rawPath.Contains("/../", StringComparison.Ordinal) || rawPath.Contains("/./", StringComparison.Ordinal)
        || rawPath.EndsWith("/..", StringComparison.Ordinal) || rawPath.EndsWith("/.", StringComparison.Ordinal)
        || rawPath.Contains("%2e", StringComparison.OrdinalIgnoreCase) || rawPath.Contains("%2f", StringComparison.OrdinalIgnoreCase) || rawPath.Contains("%5c", StringComparison.OrdinalIgnoreCase);

    /// <summary>A path that daprd does not invoke, and answers with 500 as if the service had failed (dapr/dapr, pkg/messaging/direct_messaging.go).</summary>
    private static bool IsRefusedByDapr(string rawPath) => rawPath.Contains('%', StringComparison.Ordinal) && Uri.UnescapeDataString(rawPath).Any(c => char.IsControl(c) || c is '#' or '?');

    private static ApiException NotReached(HttpStatusCode status, string appId) => status switch
    {
        HttpStatusCode.BadRequest => new ApiException(StatusCodes.Status400BadRequest, "BAD_REQUEST", "The path is not valid."),
        HttpStatusCode.Forbidden => new ApiException(StatusCodes.Status403Forbidden, "FORBIDDEN", "This is not open to the gateway."),
        HttpStatusCode.RequestEntityTooLarge => new ApiException(StatusCodes.Status413PayloadTooLarge, "PAYLOAD_TOO_LARGE", "The request body is too large."),
        _ => ApiException.Unavailable(appId),
    };

    private static async Task<HttpResponseMessage> SendAsync(HttpContext context, HttpForwarder forwarder, SidecarAddress sidecar, string appId, string path)
    {
        try
        {
            return await forwarder.SendAsync(context, sidecar.Url, path, request =>
            {
                SetIdentity(context, request);
                if (sidecar.ApiToken is { Length: > 0 } token)
                    request.Headers.TryAddWithoutValidation(Headers.DaprApiToken, token);
            });
        }
        catch (HttpRequestException)
        {
            throw ApiException.Unavailable(appId);
        }
    }
}

/// <summary>The gateway's own sidecar.</summary>
internal sealed record SidecarAddress(string Url, string? ApiToken);
