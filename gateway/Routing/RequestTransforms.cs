using System.Diagnostics;
using System.Net;
using Deepiri.Contracts;
using Deepiri.Gateway.Realtime;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Sidecar;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Deepiri.Gateway.Routing;

/// <summary>Sets who makes a request and removes what the client said about it; and sends it by Dapr's invocation.</summary>
internal sealed class RequestTransforms(IConfiguration configuration, GatewayToken gatewayToken) : ITransformProvider
{
    private readonly string? _apiToken = configuration.DaprApiToken();

    public void ValidateRoute(TransformRouteValidationContext context)
    {
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
    }

    public void Apply(TransformBuilderContext context)
    {
        context.UseDefaultForwarders = false;
        var appId = context.Route.ClusterId!;
        if (appId == Hub.Cluster)
        {
            // The token has been read; it belongs into no further log.
            context.AddQueryRemoveKey("access_token");
            context.AddRequestTransform(transform =>
            {
                SetIdentity(transform);
                transform.ProxyRequest.Headers.TryAddWithoutValidation(Headers.GatewayToken, gatewayToken.Value);
                return ValueTask.CompletedTask;
            });
            return;
        }
        context.AddPathPrefix($"/v1.0/invoke/{appId}/method");
        context.AddRequestTransform(transform =>
        {
            SetIdentity(transform);
            if (_apiToken is { Length: > 0 })
                transform.ProxyRequest.Headers.TryAddWithoutValidation(Headers.DaprApiToken, _apiToken);
            return ValueTask.CompletedTask;
        });
        context.AddResponseTransform(transform =>
        {
            RefuseAnswerOfSidecar(transform, appId);
            return ValueTask.CompletedTask;
        });
    }

    private static void SetIdentity(RequestTransformContext transform)
    {
        var headers = transform.ProxyRequest.Headers;
        headers.Remove("Authorization");
        foreach (var name in (ReadOnlySpan<string>)[Headers.UserId, Headers.UserRole, Headers.SessionId, Headers.GatewayToken, Headers.RequestId])
            headers.Remove(name);
        foreach (var (name, _) in transform.HttpContext.Request.Headers)
        {
            if (name.StartsWith("dapr-", StringComparison.OrdinalIgnoreCase))
                headers.Remove(name);
        }
        headers.TryAddWithoutValidation(Headers.RequestId, transform.HttpContext.TraceIdentifier);
        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity)
        {
            headers.Remove("traceparent");
            headers.TryAddWithoutValidation("traceparent", activity.Id);
        }
        var user = transform.HttpContext.User;
        if (user.FindFirst("sub") is not { } subject)
            return;
        headers.TryAddWithoutValidation(Headers.UserId, subject.Value);
        headers.TryAddWithoutValidation(Headers.UserRole, user.FindFirst("role")!.Value);
        if (user.FindFirst("sid") is { } session)
            headers.TryAddWithoutValidation(Headers.SessionId, session.Value);
    }

    /// <summary>Every service signs its responses; an error without a signature is the sidecar's own: the service was not reached.</summary>
    private static void RefuseAnswerOfSidecar(ResponseTransformContext transform, string appId)
    {
        if (transform.ProxyResponse is not { } response || (int)response.StatusCode < 400 || response.Headers.NonValidated.Contains(Headers.ServiceName))
            return;
        transform.SuppressResponseBody = true;
        transform.HttpContext.Response.Headers.Clear();
        transform.HttpContext.Features.Set(new UnreachedService(response.StatusCode switch
        {
            HttpStatusCode.BadRequest => UnreachedService.Bad("The path is not valid."),
            HttpStatusCode.Forbidden => new ApiException(StatusCodes.Status403Forbidden, "FORBIDDEN", "This is not open to the gateway."),
            HttpStatusCode.RequestEntityTooLarge => UnreachedService.TooLarge(),
            _ => ApiException.Unavailable(appId),
        }));
    }
}
