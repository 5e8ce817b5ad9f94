using System.Net;
using Dapr.Grpc;
using Dapr.Grpc.Server;
using Dapr.Proto.Common.V1;
using Dapr.Proto.Runtime.V1;
using Deepiri.Sidecar.Grpc;
using Deepiri.Sidecar.Http;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
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
        var callee = Callees.Find(self, host, request.Id, path, verb);
        var query = message.HttpExtension?.Querystring is { Length: > 0 } q ? "?" + q.TrimStart('?') : "";
        using var outgoing = new HttpRequestMessage(new HttpMethod(verb), callee.Uri(path.Escaped + query));
        if (message.Data is { } data && data.Value.Length > 0)
        {
            outgoing.Content = new ReadOnlyMemoryContent(data.Value.Memory);
            outgoing.Content.Headers.TryAddWithoutValidation("Content-Type", message.ContentType.Length > 0 ? message.ContentType : "application/json");
        }
        Callees.Describe(outgoing.Headers, self.AppId, request.Id, call.Http.Request.Trace().Parent);
        try
        {
            using var response = await callee.SendAsync(outgoing, call.CancellationToken).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
                throw new GrpcException(StatusOf(response.StatusCode), ReasonPhrases.GetReasonPhrase((int)response.StatusCode));
            var body = await response.Content.ReadAsByteArrayAsync(call.CancellationToken).ConfigureAwait(false);
            return new InvokeResponse { Data = new Any { Value = UnsafeByteOperations.UnsafeWrap(body) }, ContentType = response.Content.Headers.ContentType?.ToString() ?? "" };
        }
        catch (HttpRequestException e)
        {
            throw DaprErrors.Invoke.Failed(request.Id, e.Message);
        }
    }

    /// <summary>As daprd maps an app's HTTP status (pkg/messaging/v1/util.go).</summary>
    private static GrpcStatus StatusOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.RequestTimeout => GrpcStatus.Cancelled,
        HttpStatusCode.BadRequest => GrpcStatus.Internal,
        HttpStatusCode.GatewayTimeout => GrpcStatus.DeadlineExceeded,
        HttpStatusCode.NotFound => GrpcStatus.NotFound,
        HttpStatusCode.Conflict => GrpcStatus.AlreadyExists,
        HttpStatusCode.Forbidden => GrpcStatus.PermissionDenied,
        HttpStatusCode.Unauthorized => GrpcStatus.Unauthenticated,
        HttpStatusCode.TooManyRequests => GrpcStatus.ResourceExhausted,
        HttpStatusCode.NotImplemented => GrpcStatus.Unimplemented,
        HttpStatusCode.ServiceUnavailable => GrpcStatus.Unavailable,
        _ => GrpcStatus.Unknown,
    };
}
