using System.Text.Json;
using System.Text.Json.Nodes;
using Dapr.Client;
using Deepiri.Gateway.Realtime;
using Deepiri.ServiceDefaults;
using Yarp.ReverseProxy.Configuration;

namespace Deepiri.Gateway.OpenApi;

/// <summary>One OpenAPI document of the whole platform at <c>/openapi.json</c>, merged from those of the services that answer.</summary>
internal static class MergedOpenApi
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_keep = TimeSpan.FromSeconds(30);

    public static void MapMergedOpenApi(this WebApplication app)
    {
        var routes = app.Services.GetRequiredService<IProxyConfigProvider>().GetConfig().Routes.Where(r => r.ClusterId != Hub.Cluster).Select(PublicRoute.Of).ToList();
        var clients = routes.Select(r => r.AppId).Distinct().ToDictionary(id => id, id => app.Services.GetRequiredService<DaprClient>().CreateInvokableHttpClient(id));
        var cache = new Cache();
        app.MapGet("/openapi.json", async (ServiceIdentity service, TimeProvider time, CancellationToken cancellationToken) =>
        {
            if (cache.Document is null || cache.Until < time.GetUtcNow())
            {
                var documents = await Task.WhenAll(clients.Select(async c => (c.Key, Document: await FetchAsync(c.Value, cancellationToken))));
                cache = new Cache(Merge(service.Version, routes, documents).ToJsonString(), time.GetUtcNow() + s_keep);
            }
            return TypedResults.Text(cache.Document, "application/json");
        }).ExcludeFromDescription();
    }

    /// <summary>The document of a service; null when it does not answer.</summary>
    private static async Task<JsonObject?> FetchAsync(HttpClient client, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_patience);
        try
        {
            return JsonNode.Parse(await client.GetStringAsync("/openapi/v1.json", patience.Token)) as JsonObject;
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Paths stand under the gateway's prefixes; schemas get their service's name, so that equal names do not meet.</summary>
    internal static JsonObject Merge(string version, IReadOnlyList<PublicRoute> routes, IEnumerable<(string AppId, JsonObject? Document)> documents)
    {
        var paths = new JsonObject();
        var schemas = new JsonObject();
        var unavailable = new JsonArray();
        foreach (var (appId, document) in documents)
        {
            if (document is null)
            {
                unavailable.Add(appId);
                continue;
            }
            var renamed = JsonNode.Parse(document.ToJsonString().Replace("#/components/schemas/", $"#/components/schemas/{appId}."))!;
            foreach (var (path, item) in renamed["paths"]?.AsObject() ?? [])
            {
                if (PublicPath(routes, appId, path) is { } open)
                    paths[open] = item?.DeepClone();
            }
            foreach (var (name, schema) in renamed["components"]?["schemas"]?.AsObject() ?? [])
                schemas[$"{appId}.{name}"] = schema?.DeepClone();
        }
        return new JsonObject
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject { ["title"] = "Deepiri", ["version"] = version },
            ["paths"] = paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = schemas,
                ["securitySchemes"] = new JsonObject { ["bearer"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["bearerFormat"] = "JWT" } },
            },
            ["security"] = new JsonArray(new JsonObject { ["bearer"] = new JsonArray() }),
            ["x-unavailable"] = unavailable,
        };
    }

    private static string? PublicPath(IReadOnlyList<PublicRoute> routes, string appId, string path)
    {
        foreach (var (_, prefix, own) in routes.Where(r => r.AppId == appId))
        {
            if (path == own || path.StartsWith(own + "/", StringComparison.Ordinal))
                return prefix + path[own.Length..];
        }
        return null;
    }

    /// <summary>A prefix of the gateway, and what it is in the app behind it.</summary>
    internal sealed record PublicRoute(string AppId, string Prefix, string Own)
    {
        private const string Rest = "/{**rest}";

        public static PublicRoute Of(RouteConfig route)
        {
            var prefix = route.Match.Path!.EndsWith(Rest, StringComparison.Ordinal) ? route.Match.Path[..^Rest.Length] : route.Match.Path;
            var removed = route.Transforms?.Select(t => t.GetValueOrDefault("PathRemovePrefix")).FirstOrDefault(p => p is not null) ?? "";
            return new PublicRoute(route.ClusterId!, prefix, prefix[removed.Length..]);
        }
    }

    private sealed record Cache(string? Document = null, DateTimeOffset Until = default);
}
