using System.Text.Json;
using System.Text.Json.Nodes;
using Dapr.Actors;
using Dapr.Actors.Runtime;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps what the sidecar calls of an app that hosts actors (https://docs.dapr.io/reference/api/actors_api/).</summary>
public static class ActorsEndpointRouteBuilderExtensions
{
    /// <summary>Maps <c>/dapr/config</c>, <c>/actors/…</c> and <c>/healthz</c>.</summary>
    public static IEndpointConventionBuilder MapActorsHandlers(this IEndpointRouteBuilder endpoints)
    {
        var actors = endpoints.MapGroup("").ExcludeFromDescription();
        actors.MapGet("/dapr/config", (ActorManager manager) => TypedResults.Text(Config(manager.Options).ToJsonString(), "application/json"));
        actors.MapGet("/healthz", () => TypedResults.Ok());
        actors.MapPut("/actors/{type}/{id}/method/remind/{name}", (ActorManager manager, HttpContext context, string type, string id, string name) =>
            InChainAsync(context, async () => await manager.RemindAsync(type, id, name, await BodyAsync(context)) ? null : TypedResults.NotFound()));
        actors.MapPut("/actors/{type}/{id}/method/timer/{name}", (ActorManager manager, HttpContext context, string type, string id) =>
            InChainAsync(context, async () => await manager.FireAsync(type, id, await BodyAsync(context)) ? null : TypedResults.NotFound()));
        actors.MapPut("/actors/{type}/{id}/method/{method}", (ActorManager manager, HttpContext context, string type, string id, string method) =>
            InChainAsync(context, () => CallAsync(manager, context, type, id, method)));
        actors.MapDelete("/actors/{type}/{id}", async (ActorManager manager, string type, string id) =>
        {
            await manager.DeactivateAsync(type, id);
            return TypedResults.Ok();
        });
        return actors;
    }

    private static async Task<IResult?> CallAsync(ActorManager manager, HttpContext context, string type, string id, string method)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        return await manager.CallAsync(type, id, method, body.ToArray()) is { } result ? TypedResults.Bytes(result, result.Length == 0 ? null : "application/json") : TypedResults.NotFound();
    }

    /// <summary>Runs a turn as part of its caller's chain, and tells its failure in the way that the caller understands.</summary>
    private static async Task InChainAsync(HttpContext context, Func<Task<IResult?>> turn)
    {
        ActorWire.ReentrancyId = context.Request.Headers[ActorWire.ReentrancyHeader].ToString() is { Length: > 0 } chain ? chain : null;
        try
        {
            if (await turn() is { } result)
                await result.ExecuteAsync(context);
        }
        catch (Exception e) when (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            var fault = new ActorFault(e.GetType().FullName ?? e.GetType().Name, e.Message);
            if (context.Request.Headers.ContainsKey(ActorWire.RequestHeader))
                context.Response.Headers[ActorWire.ErrorHeader] = "1";
            else
                context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            await context.Response.WriteAsJsonAsync(fault, JsonSerializerOptions.Web, context.RequestAborted);
        }
    }

    private static async Task<JsonElement> BodyAsync(HttpContext context) => await JsonSerializer.DeserializeAsync<JsonElement>(context.Request.Body, cancellationToken: context.RequestAborted);

    private static JsonObject Config(ActorRuntimeOptions options)
    {
        var config = Describe(options);
        config["entities"] = Names(options.Actors.Select(a => a.Type.ActorTypeName));
        var own = options.Actors.Where(a => a.TypeOptions is not null).Select(a =>
        {
            var entity = Describe(a.TypeOptions!);
            entity["entities"] = Names([a.Type.ActorTypeName]);
            return (JsonNode)entity;
        }).ToArray();
        if (own.Length > 0)
            config["entitiesConfig"] = new JsonArray(own);
        return config;
    }

    private static JsonObject Describe(ActorRuntimeOptions options)
    {
        var config = new JsonObject();
        if (options.ActorIdleTimeout is { } idle)
            config["actorIdleTimeout"] = ActorWire.Duration(idle);
        if (options.ActorScanInterval is { } scan)
            config["actorScanInterval"] = ActorWire.Duration(scan);
        if (options.DrainOngoingCallTimeout is { } drain)
            config["drainOngoingCallTimeout"] = ActorWire.Duration(drain);
        config["drainRebalancedActors"] = options.DrainRebalancedActors;
        var reentrancy = new JsonObject { ["enabled"] = options.ReentrancyConfig.Enabled };
        if (options.ReentrancyConfig.MaxStackDepth is { } depth)
            reentrancy["maxStackDepth"] = depth;
        config["reentrancy"] = reentrancy;
        return config;
    }

    private static JsonArray Names(IEnumerable<string> names) => [.. names.Select(n => JsonValue.Create(n))];
}
