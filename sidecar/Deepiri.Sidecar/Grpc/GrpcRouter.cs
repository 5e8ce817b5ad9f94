using Deepiri.Grpc.Server;
using Deepiri.Sidecar.Actors;
using Deepiri.Sidecar.Bindings;
using Deepiri.Sidecar.Configuration;
using Deepiri.Sidecar.Conversation;
using Deepiri.Sidecar.Http;
using Deepiri.Sidecar.Invocation;
using Deepiri.Sidecar.Jobs;
using Deepiri.Sidecar.Locks;
using Deepiri.Sidecar.PubSub;
using Deepiri.Sidecar.Secrets;
using Deepiri.Sidecar.State;
using Deepiri.Sidecar.Workflows;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Deepiri.Sidecar.Grpc;

/// <summary>A sidecar's gRPC API: the methods of its building blocks, behind the API token.</summary>
internal sealed class GrpcRouter
{
    private readonly GrpcMethods _methods;
    private readonly ApiToken _apiToken;

    public GrpcRouter(AppSidecar sidecar, BuildingBlocks blocks, SidecarHost host, ILogger log)
    {
        _apiToken = new ApiToken(sidecar.Options.ApiToken);
        _methods = new GrpcMethods((int)Math.Min(sidecar.Options.MaxBodySize, int.MaxValue))
        {
            Before = Authenticate,
            StatusOf = (call, e) => StatusOf(sidecar, log, call, e),
        };
        new InvokeGrpc(sidecar, host).Map(_methods);
        new StateGrpc(blocks.State).Map(_methods);
        new NotConfigured(blocks.State).Map(_methods);
        new PublishGrpc(sidecar.AppId, sidecar.Publisher).Map(_methods);
        new SubscribeGrpc(sidecar.Subscriptions).Map(_methods);
        new ConfigurationGrpc(blocks.Configuration).Map(_methods);
        new LockGrpc(blocks.Locks).Map(_methods);
        new BindingsGrpc(blocks.Bindings).Map(_methods);
        new ConversationGrpc(blocks.Conversation).Map(_methods);
        new ActorsGrpc(blocks.Actors).Map(_methods);
        new WorkflowsGrpc(blocks.Workflows).Map(_methods);
        new TaskHubGrpc(blocks.Workflows).Map(_methods);
        new JobsGrpc(blocks.Jobs).Map(_methods);
        new SecretsGrpc(blocks.Secrets).Map(_methods);
        new MetadataGrpc(sidecar).Map(_methods);
    }

    public Task HandleAsync(HttpContext context) => _methods.HandleAsync(context);

    /// <summary>As daprd's gRPC middleware says it (pkg/runtime/security).</summary>
    private void Authenticate(GrpcCall call)
    {
        if (!_apiToken.IsRequired)
            return;
        var token = call.Header(ApiToken.Header);
        if (token.Length == 0)
            throw new RpcException(new Status(StatusCode.Unauthenticated, "missing api token in request metadata"));
        if (!_apiToken.Matches(token))
            throw new RpcException(new Status(StatusCode.Unauthenticated, "authentication error: api token mismatch"));
    }

    private static RpcException StatusOf(AppSidecar sidecar, ILogger log, GrpcCall call, Exception e)
    {
        if (e is DaprErrorException error)
            return new RpcException(new Status(error.Grpc, error.Message, e));
        if (e is BadHttpRequestException bad)
            return new RpcException(new Status(StatusCode.Internal, bad.Message, e));
        Log.RequestFailed(log, sidecar.AppId, call.Http.Request.Method, call.Http.Request.Path, e);
        return new RpcException(new Status(StatusCode.Internal, e.Message, e));
    }
}
