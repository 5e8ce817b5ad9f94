using System.Text.Json;
using System.Text.Json.Nodes;
using Deepiri.Sidecar.Http;
using Deepiri.Sidecar.Scheduling;
using Microsoft.AspNetCore.Http;

namespace Deepiri.Sidecar.Jobs;

/// <summary>Dapr's jobs API over HTTP (https://docs.dapr.io/reference/api/jobs_api/).</summary>
internal sealed class JobsApi(JobsService jobs, string appId)
{
    public async Task ScheduleAsync(HttpContext context, string name)
    {
        using var body = await context.Request.JsonAsync().ConfigureAwait(false);
        if (body.RootElement.Text("name") is { Length: > 0 })
            throw DaprErrors.Jobs.NameInUrlOnly(appId);
        var data = body.RootElement.TryGetProperty("data", out var value) ? System.Text.Encoding.UTF8.GetBytes(value.GetRawText()) : [];
        var overwrite = body.RootElement.TryGetProperty("overwrite", out var flag) && flag.ValueKind == JsonValueKind.True;
        var request = new JobRequest(name, body.RootElement.Text("schedule"), body.RootElement.Text("dueTime"), Repeats(body.RootElement), body.RootElement.Text("ttl"), data, JobRetry.Read(body.RootElement), overwrite);
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
}
