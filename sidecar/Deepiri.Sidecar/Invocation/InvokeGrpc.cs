using System.Net;
using Deepiri.Grpc.Server;
using Dapr.Proto.Common.V1;
using Dapr.Proto.Runtime.V1;
using Deepiri.Sidecar.Grpc;
using Deepiri.Sidecar.Http;
using Deepiri.Sidecar.Resiliency;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Microsoft.AspNetCore.WebUtilities;

namespace Deepiri.Sidecar.Invocation;

/// <summary>Dapr's <c>InvokeService</c>: an app's HTTP method called over gRPC.</summary>
internal sealed class InvokeGrpc(AppSidecar self, SidecarHost host)
{
    public void Map(GrpcMethods methods) => methods.Unary<InvokeServiceRequest, InvokeResponse>(DaprService.Path("InvokeService"), InvokeAsync);

    private async Task<InvokeResponse> InvokeAsync(InvokeServiceRequest request, GrpcCall call)
    {
        var message = request.Message ?? throw DaprErrors.MalformedRequest("the request has no message");
        var verb = message.HttpExtension?.Verb is { } v and not HTTPExtension.Types.Verb.None ? v.ToString().ToUpperInvariant() : "POST";
        if (!InvokePath.TryParse("/" + message.Method.TrimStart('/'), out var path, out var fault))
            throw DaprErrors.Invoke.BadPath(fault!);
        var appId = request.Id.Split('.')[0];
        var query = message.HttpExtension?.Querystring is { Length: > 0 } q ? "?" + q.TrimStart('?') : "";
        try
        {
            return await self.Policies.App(appId, $"{appId}:{path.Decoded}").ExecuteAsync(async stop =>
            {
                var callee = Callees.Find(self, host, request.Id, path, verb);
                using var outgoing = Request(message, verb, callee.Channel.Uri(path.Escaped + query));
                Callees.Describe(outgoing.Headers, self.AppId, request.Id, call.Http.Request.Trace().Parent);
                using var response = await callee.Channel.SendAsync(outgoing, stop).ConfigureAwait(false);
                if (AppAnswerException.IsFailure(response))
                    throw new AppAnswerException(response);
                var body = await response.Content.ReadAsByteArrayAsync(stop).ConfigureAwait(false);
                return new InvokeResponse { Data = new Any { Value = UnsafeByteOperations.UnsafeWrap(body) }, ContentType = response.Content.Headers.ContentType?.ToString() ?? "" };
            }, call.CancellationToken).ConfigureAwait(false);
        }
        catch (AppAnswerException e)
        {
            throw new RpcException(new Status(StatusOf(e.Response.StatusCode), ReasonPhrases.GetReasonPhrase((int)e.Response.StatusCode)));
        }
        catch (Exception e) when (e is HttpRequestException or PolicyException)
        {
            throw DaprErrors.Invoke.Failed(request.Id, e.Message);
        }
    }

    private static HttpRequestMessage Request(InvokeRequest message, string verb, Uri uri)
    {
        var request = new HttpRequestMessage(new HttpMethod(verb), uri);
        if (message.Data is { } data && data.Value.Length > 0)
        {
            request.Content = new ReadOnlyMemoryContent(data.Value.Memory);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", message.ContentType.Length > 0 ? message.ContentType : "application/json");
        }
        return request;
    }

    /// <summary>As daprd maps an app's HTTP status (pkg/messaging/v1/util.go).</summary>
    private static StatusCode StatusOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.RequestTimeout => StatusCode.Cancelled,
        HttpStatusCode.BadRequest => StatusCode.Internal,
        HttpStatusCode.GatewayTimeout => StatusCode.DeadlineExceeded,
        HttpStatusCode.NotFound => StatusCode.NotFound,
        HttpStatusCode.Conflict => StatusCode.AlreadyExists,
        HttpStatusCode.Forbidden => StatusCode.PermissionDenied,
        HttpStatusCode.Unauthorized => StatusCode.Unauthenticated,
        HttpStatusCode.TooManyRequests => StatusCode.ResourceExhausted,
        HttpStatusCode.NotImplemented => StatusCode.Unimplemented,
        HttpStatusCode.ServiceUnavailable => StatusCode.Unavailable,
        _ => StatusCode.Unknown,
    };
}
