using System.Text.Json;
using Dapr.DurableTask.Protobuf;
using Dapr.Grpc;
using Dapr.Grpc.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Dapr.Workflow.Worker;

/// <summary>Takes turns and activities from the sidecar, runs them, and answers. Loses it the stream, it connects again for as long as the app lives.</summary>
internal sealed partial class WorkflowWorker(WorkflowRuntimeOptions options, IServiceProvider services, IConfiguration configuration, ILoggerFactory loggers) : BackgroundService
{
    private const int MostAtOnce = 100;
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private readonly JsonSerializerOptions _json = JsonSerializerOptions.Web;
    private readonly ILogger _log = loggers.CreateLogger<WorkflowWorker>();
    private readonly SemaphoreSlim _turns = new(MostAtOnce);
    private readonly SemaphoreSlim _activities = new(MostAtOnce);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var channel = SidecarGrpc.Open(configuration);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ServeAsync(channel, stoppingToken).ConfigureAwait(false);
            }
            catch (GrpcException e) when (!stoppingToken.IsCancellationRequested)
            {
                Disconnected(_log, e.Message);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            await Task.Delay(s_pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ServeAsync(GrpcChannel channel, CancellationToken cancellationToken)
    {
        await using var stream = await channel.ServerStreamingAsync<WorkItem>(SidecarGrpc.Path("GetWorkItems"), new GetWorkItemsRequest(), cancellationToken).ConfigureAwait(false);
        Connected(_log);
        while (await stream.ReadAsync(cancellationToken).ConfigureAwait(false) is { } item)
        {
            // Waiting here is what holds the sidecar back.
            var limit = item.WorkflowRequest is not null ? _turns : _activities;
            await limit.WaitAsync(cancellationToken).ConfigureAwait(false);
            _ = Task.Run(() => DoAsync(channel, item, limit, cancellationToken), CancellationToken.None);
        }
    }

    private async Task DoAsync(GrpcChannel channel, WorkItem item, SemaphoreSlim limit, CancellationToken cancellationToken)
    {
        try
        {
            if (item.WorkflowRequest is { } turn)
                await AnswerAsync(channel, "CompleteOrchestratorTask", await PlayAsync(turn, item.CompletionToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            else
                await AnswerAsync(channel, "CompleteActivityTask", await RunAsync(item.ActivityRequest, item.CompletionToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is GrpcException or OperationCanceledException)
        {
            // The sidecar hands the work out again once it has noticed that this stream is gone.
            Unanswered(_log, e.Message);
        }
        finally
        {
            limit.Release();
        }
    }

    private static Task AnswerAsync(GrpcChannel channel, string method, Google.Protobuf.IMessage answer, CancellationToken cancellationToken) =>
        channel.UnaryAsync<CompleteTaskResponse>(SidecarGrpc.Path(method), answer, null, cancellationToken);

    private async Task<WorkflowResponse> PlayAsync(WorkflowRequest request, string token)
    {
        var scope = services.CreateAsyncScope();
        await using (scope.ConfigureAwait(false))
        {
            var response = new TurnPlayer(name => options.CreateWorkflow(name, scope.ServiceProvider), _json, loggers).Play(request);
            response.CompletionToken = token;
            return response;
        }
    }

    private async Task<ActivityResponse> RunAsync(ActivityRequest request, string token)
    {
        var response = new ActivityResponse { InstanceId = request.WorkflowInstance.InstanceId, TaskId = request.TaskId, CompletionToken = token };
        var scope = services.CreateAsyncScope();
        await using (scope.ConfigureAwait(false))
        {
            try
            {
                var activity = options.CreateActivity(request.Name, scope.ServiceProvider) ?? throw new InvalidOperationException($"No activity '{request.Name}' is registered in this app.");
                var input = string.IsNullOrEmpty(request.Input) ? null : JsonSerializer.Deserialize(request.Input, activity.InputType, _json);
                if (input is null && activity.InputType.IsValueType)
                    input = Activator.CreateInstance(activity.InputType);
                var result = await activity.RunAsync(new ActivityContext(request), input).ConfigureAwait(false);
                response.Result = result is null ? null : JsonSerializer.Serialize(result, result.GetType(), _json);
            }
            catch (Exception e)
            {
                ActivityFailed(_log, request.Name, request.WorkflowInstance.InstanceId, e);
                response.FailureDetails = TurnPlayer.Failure(e, isNonRetriable: false);
            }
        }
        return response;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Connected to the sidecar; workflows are taken")]
    private static partial void Connected(ILogger log);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The sidecar cannot be reached for workflows and is tried again: {Reason}")]
    private static partial void Disconnected(ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The answer to a work item could not be given: {Reason}")]
    private static partial void Unanswered(ILogger log, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Activity {Name} of workflow {InstanceId} failed")]
    private static partial void ActivityFailed(ILogger log, string name, string instanceId, Exception e);

    private sealed class ActivityContext(ActivityRequest request) : WorkflowActivityContext
    {
        public override TaskIdentifier Identifier => request.Name;

        public override string TaskExecutionKey => request.TaskExecutionId;

        public override string InstanceId => request.WorkflowInstance.InstanceId;
    }
}
