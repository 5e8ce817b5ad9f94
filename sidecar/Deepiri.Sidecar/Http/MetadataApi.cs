using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Deepiri.Sidecar.Http;

/// <summary>Dapr's health, metadata and shutdown APIs.</summary>
internal sealed class MetadataApi(AppSidecar sidecar)
{
    /// <summary>The Dapr release whose behaviour this sidecar follows.</summary>
    public const string RuntimeVersion = "1.18.0-deepiri";

    public Task HealthAsync(HttpContext context)
    {
        if (context.Request.Query["appid"].ToString() is { Length: > 0 } appId && appId != sidecar.AppId)
            throw DaprErrors.Health.AppIdMismatch();
        return sidecar.IsReady ? context.Response.NoContent() : throw DaprErrors.Health.NotReady(sidecar.IsOutboundReady ? "app" : "components");
    }

    public Task OutboundHealthAsync(HttpContext context) =>
        sidecar.IsOutboundReady ? context.Response.NoContent() : throw DaprErrors.Health.OutboundNotReady();

    public Task GetAsync(HttpContext context) => context.Response.WriteJsonAsync(new JsonObject
    {
        ["id"] = sidecar.AppId,
        ["runtimeVersion"] = RuntimeVersion,
        ["enabledFeatures"] = new JsonArray(),
        ["actors"] = ActiveActors(),
        ["components"] = Components(),
        ["extended"] = Extended(),
        ["subscriptions"] = Subscriptions(),
        ["httpEndpoints"] = new JsonArray(),
        ["appConnectionProperties"] = AppConnection(),
        ["actorRuntime"] = ActorRuntime(),
        ["scheduler"] = new JsonObject(),
        ["workflows"] = new JsonObject { ["connectedWorkers"] = sidecar.Workflows.ConnectedWorkers },
    });

    public async Task SetAsync(HttpContext context, string key)
    {
        sidecar.Extended[key] = Encoding.UTF8.GetString((await context.Request.BodyAsync().ConfigureAwait(false)).Span);
        await context.Response.NoContent().ConfigureAwait(false);
    }

    public Task ShutdownAsync(HttpContext context)
    {
        sidecar.ShutDownAfter(context.Response);
        return context.Response.NoContent();
    }

    private JsonArray ActiveActors() => [.. (sidecar.Actors.Runtime?.Active ?? []).Select(a => new JsonObject { ["type"] = a.Type, ["count"] = a.Count })];

    private JsonObject ActorRuntime() => new()
    {
        ["runtimeStatus"] = "RUNNING",
        ["activeActors"] = ActiveActors(),
        ["hostReady"] = sidecar.Actors.Runtime is not null,
        ["placement"] = "placement: connected",
    };

    private JsonArray Components() => [.. sidecar.Components.All.Select(c => new JsonObject
    {
        ["name"] = c.Spec.Name,
        ["type"] = c.Definition.Type,
        ["version"] = c.Spec.Version,
        ["capabilities"] = new JsonArray([.. c.Definition.Capabilities.Select(name => JsonValue.Create(name))]),
    })];

    private JsonObject Extended()
    {
        var extended = new JsonObject();
        foreach (var (name, value) in sidecar.Extended)
            extended[name] = value;
        return extended;
    }

    private JsonArray Subscriptions() => [.. sidecar.Subscriptions.Active.Select(s =>
    {
        var metadata = new JsonObject();
        foreach (var (name, value) in s.Metadata)
            metadata[name] = value;
        var rules = s.Rules.Select(r => new JsonObject { ["match"] = r.Match, ["path"] = r.Path });
        if (s.DefaultPath is { Length: > 0 } path)
            rules = rules.Append(new JsonObject { ["path"] = path });
        return new JsonObject
        {
            ["pubsubname"] = s.PubsubName,
            ["topic"] = s.Topic,
            ["metadata"] = metadata,
            ["rules"] = new JsonArray([.. rules]),
            ["deadLetterTopic"] = s.DeadLetterTopic ?? "",
            ["type"] = s.Origin,
        };
    })];

    private JsonObject AppConnection()
    {
        var connection = new JsonObject { ["protocol"] = "http", ["channelAddress"] = "127.0.0.1" };
        if (sidecar.Options.AppPort is { } port)
            connection["port"] = port;
        return connection;
    }
}
