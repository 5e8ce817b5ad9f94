using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Http;
using Deepiri.Sidecar.Invocation;
using Deepiri.Sidecar.Scheduling;

namespace Deepiri.Sidecar.Jobs;

/// <summary>A job as the app asked for it; its data is JSON.</summary>
internal sealed record JobRequest(string Name, string? Schedule, string? DueTime, int? Repeats, string? Ttl, byte[] Data, JobRetry Retry, bool Overwrite);

/// <summary>What an app may do with its jobs, whichever protocol it speaks. A job that is due is posted to the app's <c>/job/{name}</c>.</summary>
internal sealed class JobsService(string appId, RunContext run)
{
    /// <summary>Hands jobs to the app from now on.</summary>
    public async Task StartAsync(AppChannel app) => (await run.SchedulerAsync().ConfigureAwait(false)).Handle(Kind, (job, stop) => PostAsync(app, job, stop));

    /// <summary>Jobs that fall due wait until the app is back.</summary>
    public async Task StopAsync() => (await run.SchedulerAsync().ConfigureAwait(false)).StopHandling(Kind);

    public async Task ScheduleAsync(JobRequest request, CancellationToken cancellationToken)
    {
        if (request.Name.Length == 0 || request.Name.Contains('|'))
            throw DaprErrors.Jobs.NameEmpty(appId);
        if (request.Schedule is null && request.DueTime is null)
            throw DaprErrors.Jobs.ScheduleEmpty(appId);
        Job job;
        try
        {
            var schedule = Schedule.ParseJob(request.Schedule, request.DueTime, request.Repeats, request.Ttl, run.Time.GetUtcNow());
            job = new Job(Owner, request.Name, schedule, JsonSerializer.Serialize(request with { Data = [] }), request.Data, request.Retry);
        }
        catch (FormatException e)
        {
            throw DaprErrors.Jobs.Schedule(appId, e.Message);
        }
        if (!await (await run.SchedulerAsync().ConfigureAwait(false)).ScheduleAsync(job, request.Overwrite, cancellationToken).ConfigureAwait(false))
            throw DaprErrors.Jobs.Exists(appId, request.Name);
    }

    /// <summary>The job as it was asked for.</summary>
    public async Task<JobRequest> GetAsync(string name)
    {
        var job = (await run.SchedulerAsync().ConfigureAwait(false)).Find(Owner, Required(name)) ?? throw DaprErrors.Jobs.Get(appId, name);
        return JsonSerializer.Deserialize<JobRequest>(job.Spec)! with { Data = job.Data };
    }

    public async Task DeleteAsync(string name, CancellationToken cancellationToken) =>
        await (await run.SchedulerAsync().ConfigureAwait(false)).DeleteAsync(Owner, Required(name), cancellationToken).ConfigureAwait(false);

    private string Kind => "job:" + appId;

    private string Owner => Kind + "||";

    private string Required(string name) => name.Length > 0 ? name : throw DaprErrors.Jobs.NameEmpty(appId);

    private static async Task<JobOutcome> PostAsync(AppChannel app, Job job, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, app.Uri($"/job/{Uri.EscapeDataString(job.Name)}")) { Content = new ByteArrayContent(job.Data) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await app.SendAsync(request, cancellationToken).ConfigureAwait(false);
        // An app without a handler will not get one by being asked again.
        return response.IsSuccessStatusCode || response.StatusCode == HttpStatusCode.NotFound ? JobOutcome.Done : JobOutcome.Failed;
    }
}
