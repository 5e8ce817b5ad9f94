using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Deepiri.Sidecar.Http;
using Deepiri.Sidecar.Invocation;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Deepiri.Sidecar.Configuration;

/// <summary>Dapr's configuration API over HTTP: changes are posted to the app's <c>/configuration/{store}/{key}</c>.</summary>
internal sealed class ConfigurationApi(ConfigurationService configuration, string appId, AppChannel? app, ILogger log)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    public async Task GetAsync(HttpContext context, string store)
    {
        var items = await configuration.GetAsync(store, Keys(context.Request), context.Request.Metadata(), context.RequestAborted).ConfigureAwait(false);
        await (items.Count == 0 ? context.Response.NoContent() : context.Response.WriteJsonAsync(ToJson(items))).ConfigureAwait(false);
    }

    public async Task SubscribeAsync(HttpContext context, string store)
    {
        if (app is null)
            throw DaprErrors.Configuration.NoAppChannel();
        var id = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var keys = Keys(context.Request);
        id.SetResult(await configuration.SubscribeAsync(store, keys, context.Request.Metadata(),
            async (items, stop) => await PostAsync(store, await id.Task.WaitAsync(stop).ConfigureAwait(false), items, stop).ConfigureAwait(false), null, context.RequestAborted).ConfigureAwait(false));
        await context.Response.WriteJsonAsync(new JsonObject { ["id"] = await id.Task.ConfigureAwait(false) }).ConfigureAwait(false);
    }

    public async Task UnsubscribeAsync(HttpContext context, string store, string id)
    {
        if (await configuration.UnsubscribeAsync(store, id).ConfigureAwait(false))
            await context.Response.WriteJsonAsync(new JsonObject { ["ok"] = true }).ConfigureAwait(false);
        else
            await context.Response.WriteJsonAsync(new JsonObject { ["message"] = DaprErrors.Configuration.Unsubscribe(id) }, 500).ConfigureAwait(false);
    }

    private static string[] Keys(HttpRequest request) => [.. request.Query["key"].OfType<string>().Where(k => k.Length > 0)];

    /// <summary>One request for each key; an app that does not answer misses the change, as with daprd.</summary>
    private async Task PostAsync(string store, string id, IReadOnlyDictionary<string, ConfigurationItem> items, CancellationToken cancellationToken)
    {
        foreach (var (key, item) in items)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(s_patience);
            var body = new JsonObject { ["id"] = id, ["items"] = ToJson(new Dictionary<string, ConfigurationItem> { [key] = item }) };
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, app!.Uri($"/configuration/{Uri.EscapeDataString(store)}/{Uri.EscapeDataString(key)}")) { Content = new StringContent(body.ToJsonString()) };
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                using var response = await app.SendAsync(request, patience.Token).ConfigureAwait(false);
                if (!response.IsSuccessStatusCode)
                    Log.ConfigurationUpdateFailed(log, appId, store, key, $"the app answered {(int)response.StatusCode}");
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                Log.ConfigurationUpdateFailed(log, appId, store, key, e.Message);
            }
        }
    }

    private static JsonObject ToJson(IReadOnlyDictionary<string, ConfigurationItem> items)
    {
        var json = new JsonObject();
        foreach (var (key, item) in items)
        {
            var metadata = new JsonObject();
            foreach (var (name, value) in item.Metadata)
                metadata[name] = value;
            json[key] = new JsonObject { ["value"] = item.Value, ["version"] = item.Version, ["metadata"] = metadata };
        }
        return json;
    }
}
