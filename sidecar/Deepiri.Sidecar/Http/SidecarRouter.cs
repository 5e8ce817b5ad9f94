using Deepiri.Sidecar.Actors;
using Deepiri.Sidecar.Bindings;
using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Configuration;
using Deepiri.Sidecar.Conversation;
using Deepiri.Sidecar.Invocation;
using Deepiri.Sidecar.Jobs;
using Deepiri.Sidecar.Locks;
using Deepiri.Sidecar.PubSub;
using Deepiri.Sidecar.Secrets;
using Deepiri.Sidecar.State;
using Deepiri.Sidecar.Workflows;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Deepiri.Sidecar.Http;

/// <summary>
/// The route table of a sidecar's HTTP API. As with daprd, any path or method that is not in it is an invocation
/// addressed by header.
/// </summary>
internal sealed class SidecarRouter
{
    private readonly AppSidecar _sidecar;
    private readonly ApiToken _apiToken;
    private readonly ILogger _log;
    private readonly InvokeApi _invoke;
    private readonly StateApi _state;
    private readonly PublishApi _publish;
    private readonly SecretsApi _secrets;
    private readonly ConfigurationApi _configuration;
    private readonly LockApi _locks;
    private readonly BindingsApi _bindings;
    private readonly ConversationApi _conversation;
    private readonly ActorsApi _actors;
    private readonly WorkflowsApi _workflows;
    private readonly JobsApi _jobs;
    private readonly MetadataApi _metadata;

    public SidecarRouter(AppSidecar sidecar, BuildingBlocks blocks, SidecarHost host, HttpForwarder forwarder, RunContext run)
    {
        _sidecar = sidecar;
        _apiToken = new ApiToken(sidecar.Options.ApiToken);
        _log = run.Loggers.CreateLogger("sidecar");
        _invoke = new InvokeApi(sidecar, host, forwarder);
        _state = new StateApi(blocks.State);
        _publish = new PublishApi(sidecar.AppId, sidecar.Publisher);
        _secrets = new SecretsApi(blocks.Secrets);
        _configuration = new ConfigurationApi(blocks.Configuration, sidecar.AppId, sidecar.App, _log);
        _locks = new LockApi(blocks.Locks);
        _bindings = new BindingsApi(blocks.Bindings);
        _conversation = new ConversationApi(blocks.Conversation);
        _actors = new ActorsApi(blocks.Actors);
        _workflows = new WorkflowsApi(blocks.Workflows);
        _jobs = new JobsApi(blocks.Jobs, sidecar.AppId);
        _metadata = new MetadataApi(sidecar);
    }

    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            var raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
            if (!IsAuthorized(context.Request, raw))
            {
                context.Response.StatusCode = StatusCodes.Status401Unauthorized;
                context.Response.ContentType = "text/plain; charset=utf-8";
                await context.Response.WriteAsync("invalid api token").ConfigureAwait(false);
                return;
            }
            // The token is for this sidecar alone.
            context.Request.Headers.Remove(ApiToken.Header);
            await (raw.StartsWith(InvokeApi.Prefix, StringComparison.Ordinal) ? _invoke.HandleAsync(context) : RouteAsync(context, Segments(raw))).ConfigureAwait(false);
        }
        catch (DaprErrorException e) when (!context.Response.HasStarted)
        {
            await context.Response.WriteJsonAsync(e.ToJson(), e.Status).ConfigureAwait(false);
        }
        catch (BadHttpRequestException e) when (!context.Response.HasStarted)
        {
            await context.Response.WriteJsonAsync(DaprErrors.BodyRead(e.StatusCode, e.Message).ToJson(), e.StatusCode).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone; there is nobody to answer.
        }
        catch (Exception e)
        {
            Log.RequestFailed(_log, _sidecar.AppId, context.Request.Method, context.Request.Path, e);
            if (context.Response.HasStarted)
                context.Abort();
            else
                await context.Response.WriteJsonAsync(new DaprErrorException(500, "ERR_INTERNAL", e.Message).ToJson(), 500).ConfigureAwait(false);
        }
    }

    /// <summary>Health is open; judged by the raw path, since that is what is routed by.</summary>
    private bool IsAuthorized(HttpRequest request, string raw) =>
        !_apiToken.IsRequired
        || (HttpMethods.IsGet(request.Method) && raw.Split('?')[0] is ("/v1.0/healthz" or "/v1.0/healthz/outbound"))
        || _apiToken.Matches(request.Headers[ApiToken.Header].ToString());

    private Task RouteAsync(HttpContext context, string[] segments)
    {
        var verb = context.Request.Method;
        var isGet = HttpMethods.IsGet(verb);
        var isPost = HttpMethods.IsPost(verb) || HttpMethods.IsPut(verb);
        return segments switch
        {
            ["v1.0", "healthz"] when isGet => _metadata.HealthAsync(context),
            ["v1.0", "healthz", "outbound"] when isGet => _metadata.OutboundHealthAsync(context),

            ["v1.0", "state", var store] when isPost => _state.SaveAsync(context, store),
            ["v1.0", "state", var store, "bulk"] when isPost => _state.BulkGetAsync(context, store),
            ["v1.0", "state", var store, "transaction"] when isPost => _state.TransactAsync(context, store),
            ["v1.0-alpha1", "state", var store, "query"] when isPost => _state.QueryAsync(store),
            ["v1.0", "state", var store, var key] when isGet => _state.GetAsync(context, store, key),
            ["v1.0", "state", var store, var key] when HttpMethods.IsDelete(verb) => _state.DeleteAsync(context, store, key),

            ["v1.0" or "v1.0-alpha1", "publish", "bulk", var pubsub, .. var topic] when isPost => _publish.BulkPublishAsync(context, pubsub, string.Join('/', topic)),
            ["v1.0", "publish"] when isPost => _publish.PublishAsync(context, "", ""),
            ["v1.0", "publish", var pubsub, .. var topic] when isPost => _publish.PublishAsync(context, pubsub, string.Join('/', topic)),

            ["v1.0", "secrets", var store, "bulk"] when isGet => _secrets.GetAllAsync(context, store),
            ["v1.0", "secrets", var store, var key] when isGet => _secrets.GetAsync(context, store, key),

            ["v1.0" or "v1.0-alpha1", "configuration", var store] when isGet => _configuration.GetAsync(context, store),
            ["v1.0" or "v1.0-alpha1", "configuration", var store, "subscribe"] when isGet => _configuration.SubscribeAsync(context, store),
            ["v1.0" or "v1.0-alpha1", "configuration", var store, var id, "unsubscribe"] when isGet => _configuration.UnsubscribeAsync(context, store, id),

            ["v1.0-alpha1", "lock", var store] when HttpMethods.IsPost(verb) => _locks.LockAsync(context, store),
            ["v1.0-alpha1", "unlock", var store] when HttpMethods.IsPost(verb) => _locks.UnlockAsync(context, store),

            ["v1.0", "bindings", var name] when isPost => _bindings.InvokeAsync(context, name),

            ["v1.0-alpha1", "crypto", _, "encrypt" or "decrypt"] when HttpMethods.IsPut(verb) => throw DaprErrors.Crypto.NotConfigured(),

            ["v1.0-alpha1", "conversation", var name, "converse"] when HttpMethods.IsPost(verb) => _conversation.ConverseAlpha1Async(context, name),
            ["v1.0-alpha2", "conversation", var name, "converse"] when HttpMethods.IsPost(verb) => _conversation.ConverseAlpha2Async(context, name),

            ["v1.0", "actors", var type, var id, .. var rest] => RouteActor(context, new ActorKey(type, id), rest, isGet, isPost),

            ["v1.0" or "v1.0-beta1" or "v1.0-alpha1", "workflows", _, var id] when isGet => _workflows.GetAsync(context, id),
            ["v1.0" or "v1.0-beta1" or "v1.0-alpha1", "workflows", _, var id, .. var rest] when HttpMethods.IsPost(verb) => RouteWorkflow(context, id, rest),

            ["v1.0" or "v1.0-alpha1", "jobs", var name] when HttpMethods.IsPost(verb) => _jobs.ScheduleAsync(context, name),
            ["v1.0" or "v1.0-alpha1", "jobs", var name] when isGet => _jobs.GetAsync(context, name),
            ["v1.0" or "v1.0-alpha1", "jobs", var name] when HttpMethods.IsDelete(verb) => _jobs.DeleteAsync(context, name),

            ["v1.0", "metadata"] when isGet => _metadata.GetAsync(context),
            ["v1.0", "metadata", var key] when HttpMethods.IsPut(verb) => _metadata.SetAsync(context, key),
            ["v1.0", "shutdown"] when HttpMethods.IsPost(verb) => _metadata.ShutdownAsync(context),

            _ => _invoke.HandleAsync(context),
        };
    }

    private Task RouteActor(HttpContext context, ActorKey actor, string[] rest, bool isGet, bool isPost)
    {
        var isDelete = HttpMethods.IsDelete(context.Request.Method);
        return rest switch
        {
            ["method", .. { Length: > 0 } method] when isGet || isPost || isDelete => _actors.CallAsync(context, actor, string.Join('/', method)),
            ["state", var key] when isGet => _actors.GetStateAsync(context, actor, key),
            ["state"] when isPost => _actors.SaveStateAsync(context, actor),
            ["reminders", var name] when isPost => _actors.RegisterReminderAsync(context, actor, name),
            ["reminders", var name] when isGet => _actors.GetReminderAsync(context, actor, name),
            ["reminders", var name] when isDelete => _actors.UnregisterReminderAsync(context, actor, name),
            ["timers", var name] when isPost => _actors.RegisterTimerAsync(context, actor, name),
            ["timers", var name] when isDelete => _actors.UnregisterTimerAsync(context, actor, name),
            _ => _invoke.HandleAsync(context),
        };
    }

    private Task RouteWorkflow(HttpContext context, string id, string[] rest) => rest switch
    {
        ["start"] => _workflows.StartAsync(context, id),
        ["pause"] => _workflows.PauseAsync(context, id),
        ["resume"] => _workflows.ResumeAsync(context, id),
        ["terminate"] => _workflows.TerminateAsync(context, id),
        ["purge"] => _workflows.PurgeAsync(context, id),
        ["raiseEvent", var name] => _workflows.RaiseEventAsync(context, id, name),
        _ => _invoke.HandleAsync(context),
    };

    /// <summary>Split before unescaping, so that an escaped slash stays within its segment; empty segments are cleaned away.</summary>
    private static string[] Segments(string rawTarget)
    {
        var end = rawTarget.IndexOf('?');
        var segments = (end < 0 ? rawTarget : rawTarget[..end]).Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < segments.Length; i++)
            segments[i] = Uri.UnescapeDataString(segments[i]);
        return segments;
    }
}
