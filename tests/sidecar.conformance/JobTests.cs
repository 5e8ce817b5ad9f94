using System.Text.Json;
using Grpc.Core;
using Dapr.Proto.Runtime.V1;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Microsoft.AspNetCore.Http;

namespace Deepiri.Sidecar.Conformance;

/// <summary>Jobs (B11): scheduled by the app, posted back to it when they are due.</summary>
[Trait("sidecar", "embedded")] // moves the clock
public sealed class JobTests : IAsyncLifetime
{
    private readonly SidecarUnderTest _sidecar = new() { Clock = new ManualTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)) };

    private HttpClient Dapr => _sidecar.Dapr();

    public async Task InitializeAsync()
    {
        _sidecar.Resources("");
        await _sidecar.StartAsync();
    }

    public async Task DisposeAsync() => await _sidecar.DisposeAsync();

    [Theory]
    [InlineData("v1.0")]
    [InlineData("v1.0-alpha1")]
    public async Task A_job_is_posted_to_the_app_with_its_data(string version)
    {
        await Dapr.PostAsync($"/{version}/jobs/backup", SidecarUnderTest.Json("""{"dueTime":"10s","data":{"db":"main"}}""")).HasStatusAsync(204);
        Assert.Equal("""{"name":"backup","dueTime":"10s","data":{"db":"main"}}""", await Dapr.GetAsync($"/{version}/jobs/backup").TextAsync());
        await FiresAsync("/job/backup", (9, 0), (1, 1), (60, 1));
        Assert.Equal("""{"db":"main"}""", _sidecar.App().To("/job/backup")[0].Body);
        Assert.Equal("POST", _sidecar.App().To("/job/backup")[0].Method);
        await Eventually.AssertAsync(() => Dapr.GetAsync($"/{version}/jobs/backup").HasStatusAsync(500));
    }

    [Theory]
    [InlineData("""{"schedule":"@every 5s","repeats":3}""", new[] { 5, 5, 5 }, 3)]
    [InlineData("""{"schedule":"*/20 * * * * *","ttl":"50s"}""", new[] { 20, 20 }, 2)]
    [InlineData("""{"schedule":"@every 10s","dueTime":"3s","repeats":2}""", new[] { 3, 10 }, 2)]
    [InlineData("""{"schedule":"@hourly","repeats":1}""", new[] { 3600 }, 1)]
    public async Task A_job_comes_again_as_its_schedule_says_and_ends(string body, int[] seconds, int times)
    {
        await Dapr.PostAsync("/v1.0/jobs/again", SidecarUnderTest.Json(body)).HasStatusAsync(204);
        // The scheduler looks again once a minute at the latest.
        await FiresAsync("/job/again", [.. seconds.Select((s, i) => (s, i + 1))]);
        await FiresAsync("/job/again", (3700, times));
        await Eventually.AssertAsync(() => Dapr.GetAsync("/v1.0/jobs/again").HasStatusAsync(500));
    }

    [Fact]
    public async Task A_job_that_exists_stays_unless_it_may_be_overwritten()
    {
        await Dapr.PostAsync("/v1.0/jobs/one", SidecarUnderTest.Json("""{"dueTime":"1h"}""")).HasStatusAsync(204);
        await Dapr.PostAsync("/v1.0/jobs/one", SidecarUnderTest.Json("""{"dueTime":"1s"}""")).IsErrorAsync(500, "DAPR_SCHEDULER_SCHEDULE_JOB", "failed to schedule job due to: rpc error: code = AlreadyExists desc = job already exists: 'one'", "DAPR_SCHEDULER_SCHEDULE_JOB");
        await Dapr.PostAsync("/v1.0/jobs/one", SidecarUnderTest.Json("""{"dueTime":"1s","overwrite":true}""")).HasStatusAsync(204);
        await FiresAsync("/job/one", (1, 1));
    }

    [Fact]
    public async Task A_deleted_job_does_not_come()
    {
        await Dapr.PostAsync("/v1.0/jobs/gone", SidecarUnderTest.Json("""{"dueTime":"1s"}""")).HasStatusAsync(204);
        await Dapr.DeleteAsync("/v1.0/jobs/gone").HasStatusAsync(204);
        await Dapr.DeleteAsync("/v1.0/jobs/gone").HasStatusAsync(204);
        await FiresAsync("/job/gone", (10, 0));
    }

    [Fact]
    public async Task A_job_that_fails_is_tried_again_by_its_policy()
    {
        _sidecar.App().Answer = (context, _) =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        };
        await Dapr.PostAsync("/v1.0/jobs/bad", SidecarUnderTest.Json("""{"dueTime":"1s"}""")).HasStatusAsync(204);
        await FiresAsync("/job/bad", (1, 1), (1, 2), (1, 3), (1, 4), (60, 4));
        await Dapr.PostAsync("/v1.0/jobs/often", SidecarUnderTest.Json("""{"dueTime":"1s","failurePolicy":{"constant":{"interval":"5s","maxRetries":1}}}""")).HasStatusAsync(204);
        await FiresAsync("/job/often", (1, 1), (5, 2), (60, 2));
    }

    [Theory]
    [InlineData("""{}""", 400, "DAPR_SCHEDULER_SCHEDULE_EMPTY", "Schedule is empty")]
    [InlineData("""{"name":"x","dueTime":"1s"}""", 400, "DAPR_SCHEDULER_JOB_NAME", "Set the job name in the url only")]
    [InlineData("""{"dueTime":"soon"}""", 500, "DAPR_SCHEDULER_SCHEDULE_JOB", "failed to schedule job due to: unsupported duration/datetime format soon")]
    [InlineData("""{"schedule":"1 2 3"}""", 500, "DAPR_SCHEDULER_SCHEDULE_JOB", "failed to schedule job due to: a cron expression has six fields, from seconds to the day of the week; '1 2 3' has 3")]
    [InlineData("""{"schedule":"0 0 0 30 2 ?"}""", 500, "DAPR_SCHEDULER_SCHEDULE_JOB", "failed to schedule job due to: the schedule '0 0 0 30 2 ?' names no time that ever comes")]
    [InlineData("""{"dueTime":"1s","failurePolicy":5}""", 400, "ERR_MALFORMED_REQUEST", "failed deserializing HTTP body: 'failure_policy' must be an object")]
    [InlineData("""{"dueTime":"1s","failurePolicy":{"constant":{"maxRetries":"x"}}}""", 400, "ERR_MALFORMED_REQUEST", "failed deserializing HTTP body: 'maxRetries' must be a whole number of at least 0")]
    [InlineData("""{"dueTime":"1s","failurePolicy":{"constant":{"interval":"x"}}}""", 400, "ERR_MALFORMED_REQUEST", "failed deserializing HTTP body: 'interval' must be a duration such as 500ms or 2s, not 'x'")]
    [InlineData("""{"dueTime":"1s","repeats":0}""", 400, "ERR_MALFORMED_REQUEST", "failed deserializing HTTP body: 'repeats' must be a whole number of at least 1")]
    [InlineData("""[]""", 400, "ERR_MALFORMED_REQUEST", "failed deserializing HTTP body: the body must be a JSON object")]
    public Task A_bad_job_is_refused(string body, int status, string code, string message) =>
        Dapr.PostAsync("/v1.0/jobs/j", SidecarUnderTest.Json(body)).IsErrorAsync(status, code, message, code.StartsWith("DAPR_", StringComparison.Ordinal) ? code : null);

    [Fact]
    public async Task Over_grpc_jobs_are_scheduled_shown_and_deleted()
    {
        var job = new Job { Name = "g", DueTime = "1s", Data = new Any { Value = ByteString.CopyFromUtf8("{\"n\":1}") } };
        await _sidecar.Grpc().UnaryAsync<ScheduleJobResponse>(Method("ScheduleJobAlpha1"), new ScheduleJobRequest { Job = job });
        var shown = await _sidecar.Grpc().UnaryAsync<GetJobResponse>(Method("GetJobAlpha1"), new GetJobRequest { Name = "g" });
        Assert.Equal(("1s", "{\"n\":1}"), (shown.Job.DueTime, shown.Job.Data.Value.ToStringUtf8()));
        await FiresAsync("/job/g", (1, 1));
        Assert.Equal(1, JsonDocument.Parse(_sidecar.App().To("/job/g")[0].Body).RootElement.GetProperty("n").GetInt32());
        var error = await Assert.ThrowsAsync<RpcException>(() => _sidecar.Grpc().UnaryAsync<ScheduleJobResponse>(Method("ScheduleJobAlpha1"), new ScheduleJobRequest { Job = new Job { Name = "g" } }));
        Assert.Equal(StatusCode.InvalidArgument, error.StatusCode);
        await _sidecar.Grpc().UnaryAsync<DeleteJobResponse>(Method("DeleteJobAlpha1"), new DeleteJobRequest { Name = "g" });
    }

    private static string Method(string name) => "/dapr.proto.runtime.v1.Dapr/" + name;

    /// <summary>After each step of seconds, so many calls have come in all.</summary>
    private async Task FiresAsync(string path, params (int Seconds, int Calls)[] steps)
    {
        foreach (var (seconds, calls) in steps)
        {
            // What is expected at the end of the step must be waited for before the clock moves.
            if (calls > _sidecar.App().To(path).Count)
                await Eventually.AssertAsync(() => Assert.True(_sidecar.Clock!.IsDueIn(TimeSpan.FromSeconds(Math.Min(seconds, 60)))));
            _sidecar.Clock!.Advance(TimeSpan.FromSeconds(seconds));
            await Eventually.AssertAsync(() => Assert.Equal(calls, _sidecar.App().To(path).Count));
        }
    }
}
