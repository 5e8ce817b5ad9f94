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
    private const int MostAnswers = 5;
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_answerPause = TimeSpan.FromMilliseconds(200);

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
            catch (OperationCanceledException)
            {
                // The app stops, or an answer could not be given and the stream was ended for that.
            }
            await Task.Delay(s_pause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ServeAsync(GrpcChannel channel, CancellationToken cancellationToken)
    {
        // Ended from within, the stream drops, and the sidecar hands out again what was not answered.
        using var connection = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var stream = await channel.ServerStreamingAsync<WorkItem>(SidecarGrpc.Path("GetWorkItems"), new GetWorkItemsRequest(), connection.Token).ConfigureAwait(false);
        Connected(_log);
        try
        {
            // Read on at once, whatever is under way: a turn must not wait behind activities that may wait for it.
            while (await stream.ReadAsync(connection.Token).ConfigureAwait(false) is { } item)
                _ = Task.Run(() => DoAsync(channel, item, connection), CancellationToken.None);
        }
        finally
        {
            await connection.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task DoAsync(GrpcChannel channel, WorkItem item, CancellationTokenSource connection)
    {
        var limit = item.WorkflowRequest is not null ? _turns : _activities;
        var token = connection.Token;
        try
        {
            await limit.WaitAsync(token).ConfigureAwait(false);
            try
            {
                if (item.WorkflowRequest is { } turn)
                    await AnswerAsync(channel, "CompleteOrchestratorTask", await PlayAsync(turn, item.CompletionToken).ConfigureAwait(false), e => TurnPlayer.Failed(turn, item.CompletionToken, e), token).ConfigureAwait(false);
                else
                    await AnswerAsync(channel, "CompleteActivityTask", await RunAsync(item.ActivityRequest, item.CompletionToken).ConfigureAwait(false), e => Failed(item.ActivityRequest, item.CompletionToken, e), token).ConfigureAwait(false);
            }
            finally
            {
                limit.Release();
            }
        }
        catch (OperationCanceledException) when (token.IsCancellationRequested)
        {
            // The stream is gone; the sidecar hands the work out again.
        }
        catch (Exception e)
        {
            Unanswered(_log, e.Message);
            await connection.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Gives an answer, more than once if need be; one that is too large becomes a failure that is not.</summary>
    private static async Task AnswerAsync(GrpcChannel channel, string method, Google.Protobuf.IMessage answer, Func<Exception, Google.Protobuf.IMessage> failed, CancellationToken cancellationToken)
    {
        for (var attempts = 1; ; attempts++)
        {
            try
            {
                await channel.UnaryAsync<CompleteTaskResponse>(SidecarGrpc.Path(method), answer, null, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (GrpcException e) when (e.Status == GrpcStatus.ResourceExhausted && attempts == 1)
            {
                answer = failed(new InvalidOperationException($"The result is larger than the sidecar takes: {e.Message}"));
            }
            catch (GrpcException) when (attempts < MostAnswers)
            {
                await Task.Delay(s_answerPause, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static ActivityResponse Failed(ActivityRequest request, string token, Exception e) =>
        new() { InstanceId = request.WorkflowInstance.InstanceId, TaskId = request.TaskId, CompletionToken = token, FailureDetails = TurnPlayer.Failure(e, isNonRetriable: true) };

    private async Task<WorkflowResponse> PlayAsync(WorkflowRequest request, string token)
    {
        var scope = services.CreateAsyncScope();
        await using (scope.ConfigureAwait(false))
        {
            try
            {
                var response = new TurnPlayer(name => options.CreateWorkflow(name, scope.ServiceProvider), _json, loggers).Play(request);
                response.CompletionToken = token;
                return response;
            }
            catch (Exception e)
            {
                // For one, a result that cannot be written as JSON: without an answer the workflow would wait for ever.
                return TurnPlayer.Failed(request, token, e);
            }
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
