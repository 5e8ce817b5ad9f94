using Deepiri.Grpc.Server;
using Dapr.Proto.Runtime.V1;
using Deepiri.Sidecar.Grpc;
using Deepiri.Sidecar.Http;
using Deepiri.Sidecar.Scheduling;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace Deepiri.Sidecar.Jobs;

/// <summary>Dapr's jobs API over gRPC.</summary>
internal sealed class JobsGrpc(JobsService jobs)
{
    public void Map(GrpcMethods methods)
    {
        foreach (var version in (string[])["", "Alpha1"])
        {
            methods.Unary<ScheduleJobRequest, ScheduleJobResponse>(DaprService.Path("ScheduleJob" + version), ScheduleAsync);
            methods.Unary<GetJobRequest, GetJobResponse>(DaprService.Path("GetJob" + version), GetAsync);
            methods.Unary<DeleteJobRequest, DeleteJobResponse>(DaprService.Path("DeleteJob" + version), async (request, call) =>
            {
                await jobs.DeleteAsync(request.Name, call.CancellationToken).ConfigureAwait(false);
                return new DeleteJobResponse();
            });
        }
    }

    private async Task<ScheduleJobResponse> ScheduleAsync(ScheduleJobRequest request, GrpcCall call)
    {
        var job = request.Job ?? throw DaprErrors.MalformedRequest("the request has no job");
        await jobs.ScheduleAsync(new JobRequest(job.Name, job.HasSchedule ? job.Schedule : null, job.HasDueTime ? job.DueTime : null, job.HasRepeats ? (int)job.Repeats : null, job.HasTtl ? job.Ttl : null,
            job.Data?.Value.ToByteArray() ?? [], JobRetry.Of(job.FailurePolicy), request.Overwrite), call.CancellationToken).ConfigureAwait(false);
        return new ScheduleJobResponse();
    }

    private async Task<GetJobResponse> GetAsync(GetJobRequest request, GrpcCall call)
    {
        var found = await jobs.GetAsync(request.Name).ConfigureAwait(false);
        var job = new Dapr.Proto.Runtime.V1.Job { Name = found.Name, Data = new Any { Value = ByteString.CopyFrom(found.Data) } };
        if (found.Schedule is not null)
            job.Schedule = found.Schedule;
        if (found.Repeats is { } repeats)
            job.Repeats = (uint)repeats;
        if (found.DueTime is not null)
            job.DueTime = found.DueTime;
        if (found.Ttl is not null)
            job.Ttl = found.Ttl;
        return new GetJobResponse { Job = job };
    }
}
