using System.Text.Json;
using System.Text.Json.Nodes;
using Deepiri.Sidecar.Http;
using Deepiri.Sidecar.Scheduling;
using Deepiri.Sidecar.State;
using Microsoft.AspNetCore.Http;

namespace Deepiri.Sidecar.Actors;

/// <summary>Dapr's actors API over HTTP (https://docs.dapr.io/reference/api/actors_api/).</summary>
internal sealed class ActorsApi(ActorsService actors)
{
    public async Task CallAsync(HttpContext context, ActorKey actor, string method)
    {
        var body = await context.Request.BodyAsync().ConfigureAwait(false);
        var headers = context.Request.Headers.Where(h => !h.Key.StartsWith("dapr-caller-", StringComparison.OrdinalIgnoreCase) && !h.Key.StartsWith("dapr-callee-", StringComparison.OrdinalIgnoreCase));
        var answer = await actors.CallAsync(new ActorRequest(actor, method, body, context.Request.ContentType, [.. headers]), context.RequestAborted).ConfigureAwait(false);
        foreach (var (name, values) in answer.Headers)
            context.Response.Headers[name] = values;
        context.Response.ContentType = answer.ContentType;
        context.Response.ContentLength = answer.Body.Length;
        await context.Response.BodyWriter.WriteAsync(answer.Body, context.RequestAborted).ConfigureAwait(false);
    }

    public async Task GetStateAsync(HttpContext context, ActorKey actor, string key)
    {
        if (await actors.GetStateAsync(actor, key, context.RequestAborted).ConfigureAwait(false) is not { } item)
        {
            await context.Response.NoContent().ConfigureAwait(false);
            return;
        }
        context.Response.ContentType = "application/json";
        if (item.ExpiresAt is { } expires)
            context.Response.Headers["metadata.ttlExpireTime"] = StateService.Rfc3339(expires);
        await context.Response.BodyWriter.WriteAsync(item.Value, context.RequestAborted).ConfigureAwait(false);
    }

    public async Task SaveStateAsync(HttpContext context, ActorKey actor)
    {
        using var body = await context.Request.JsonAsync(JsonValueKind.Array).ConfigureAwait(false);
        await actors.SaveStateAsync(actor, [.. body.RootElement.EnumerateArray().Select(StateApi.ReadOperation)], context.RequestAborted).ConfigureAwait(false);
        await context.Response.NoContent().ConfigureAwait(false);
    }

    public async Task RegisterReminderAsync(HttpContext context, ActorKey actor, string name)
    {
        using var body = await context.Request.JsonAsync().ConfigureAwait(false);
        var overwrite = !body.RootElement.TryGetProperty("overwrite", out var flag) || flag.ValueKind != JsonValueKind.False;
        await actors.RegisterReminderAsync(ReadTimes(body.RootElement, actor, name), overwrite, JobRetry.Read(body.RootElement), context.RequestAborted).ConfigureAwait(false);
        await context.Response.NoContent().ConfigureAwait(false);
    }

    public async Task GetReminderAsync(HttpContext context, ActorKey actor, string name)
    {
        var (schedule, dueTime, data) = await actors.GetReminderAsync(actor, name).ConfigureAwait(false);
        var answer = new JsonObject { ["actorID"] = actor.Id, ["actorType"] = actor.Type };
        if (data is not null)
            answer["data"] = data.DeepClone();
        if (dueTime is { Length: > 0 })
            answer["dueTime"] = dueTime;
        if (schedule.Period is { } period)
            answer["period"] = $"@every {GoText.Duration(period)}";
        if (schedule.Expires is { } expires)
            answer["ttl"] = StateService.Rfc3339(expires);
        await context.Response.WriteJsonAsync(answer).ConfigureAwait(false);
    }

    public async Task UnregisterReminderAsync(HttpContext context, ActorKey actor, string name)
    {
        await actors.UnregisterReminderAsync(actor, name, context.RequestAborted).ConfigureAwait(false);
        await context.Response.NoContent().ConfigureAwait(false);
    }

    public async Task RegisterTimerAsync(HttpContext context, ActorKey actor, string name)
    {
        using var body = await context.Request.JsonAsync().ConfigureAwait(false);
        actors.RegisterTimer(ReadTimes(body.RootElement, actor, name));
        await context.Response.NoContent().ConfigureAwait(false);
    }

    public Task UnregisterTimerAsync(HttpContext context, ActorKey actor, string name)
    {
        actors.UnregisterTimer(actor, name);
        return context.Response.NoContent();
    }

    private static ActorTimerRequest ReadTimes(JsonElement body, ActorKey actor, string name) => new(actor, name, body.Text("dueTime"), body.Text("period"), body.Text("ttl"), body.Text("callback"),
        body.TryGetProperty("data", out var data) ? JsonNode.Parse(data.GetRawText()) : null);
}
