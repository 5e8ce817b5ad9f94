using System.Text.Json;
using System.Text.Json.Nodes;
using Deepiri.Sidecar.Actors;
using Deepiri.Sidecar.Http;
using Microsoft.AspNetCore.Http;

namespace Deepiri.Sidecar.Jobs;

/// <summary>Dapr's jobs API over HTTP (https://docs.dapr.io/reference/api/jobs_api/).</summary>
internal sealed class JobsApi(JobsService jobs, string appId)
{
    public async Task ScheduleAsync(HttpContext context, string name)
    {
        using var body = await ParseAsync(context.Request).ConfigureAwait(false);
        if (Text(body.RootElement, "name") is { Length: > 0 })
            throw DaprErrors.Jobs.NameInUrlOnly(appId);
        var data = body.RootElement.TryGetProperty("data", out var value) ? System.Text.Encoding.UTF8.GetBytes(value.GetRawText()) : [];
        var overwrite = body.RootElement.TryGetProperty("overwrite", out var flag) && flag.ValueKind == JsonValueKind.True;
        var request = new JobRequest(name, Text(body.RootElement, "schedule"), Text(body.RootElement, "dueTime"), Repeats(body.RootElement), Text(body.RootElement, "ttl"), data, ActorsApi.ReadRetry(body.RootElement), overwrite);
        await jobs.ScheduleAsync(request, context.RequestAborted).ConfigureAwait(false);
        await context.Response.NoContent().ConfigureAwait(false);
    }

    public async Task GetAsync(HttpContext context, string name)
    {
        var job = await jobs.GetAsync(name).ConfigureAwait(false);
        var answer = new JsonObject { ["name"] = job.Name };
        if (job.Schedule is not null)
            answer["schedule"] = job.Schedule;
        if (job.Repeats is { } repeats)
            answer["repeats"] = repeats;
        if (job.DueTime is not null)
            answer["dueTime"] = job.DueTime;
        if (job.Ttl is not null)
            answer["ttl"] = job.Ttl;
        if (job.Data.Length > 0)
            answer["data"] = JsonNode.Parse(job.Data);
        await context.Response.WriteJsonAsync(answer).ConfigureAwait(false);
    }

    public async Task DeleteAsync(HttpContext context, string name)
    {
        await jobs.DeleteAsync(name, context.RequestAborted).ConfigureAwait(false);
        await context.Response.NoContent().ConfigureAwait(false);
    }

    private static int? Repeats(JsonElement body) => !body.TryGetProperty("repeats", out var repeats) || repeats.ValueKind == JsonValueKind.Null ? null
        : repeats.ValueKind == JsonValueKind.Number && repeats.TryGetInt32(out var count) && count > 0 ? count
        : throw DaprErrors.DeserializingBody("'repeats' must be a whole number of at least 1");

    private static string? Text(JsonElement body, string name) => !body.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw DaprErrors.DeserializingBody($"'{name}' must be a string");

    private static async Task<JsonDocument> ParseAsync(HttpRequest request)
    {
        var bytes = await request.BodyAsync().ConfigureAwait(false);
        try
        {
            var body = JsonDocument.Parse(bytes);
            return body.RootElement.ValueKind == JsonValueKind.Object ? body : throw DaprErrors.DeserializingBody("the body must be a JSON object");
        }
        catch (JsonException e)
        {
            throw DaprErrors.DeserializingBody(e.Message);
        }
    }
}
