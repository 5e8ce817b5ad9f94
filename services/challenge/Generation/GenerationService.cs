using System.Security.Cryptography;
using System.Text;
using Dapr.Client;
using Dapr.Workflow;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.State;

namespace Deepiri.Challenge.Generation;

/// <summary>Starts generations and looks them up.</summary>
internal sealed partial class GenerationService(DaprWorkflowClient workflows, DaprClient dapr, TimeProvider time, ILogger<GenerationService> log)
{
    private const int IdLength = 32;
    private const string Store = "statestore";

    /// <summary>As long as the generation itself is kept: dapr-config/challenge-service.yaml.</summary>
    private static readonly Dictionary<string, string> s_keepKey = new() { ["ttlInSeconds"] = $"{7 * 24 * 60 * 60}" };

    /// <summary>
    /// Starts a generation. The same key of the same user gives the same generation for a week, however often and from wherever it is sent;
    /// after one that failed, a new one.
    /// </summary>
    /// <exception cref="ApiException">422 when the key was used for another wish; 503 when the sidecar does not answer.</exception>
    public async Task<string> StartAsync(string userId, GenerateRequest wish, string? idempotencyKey, string requestId, CancellationToken cancellationToken)
    {
        if (idempotencyKey is null)
            return await ScheduleAsync(NewId(), userId, wish, requestId, cancellationToken);
        var id = "";
        await Contention.RetryAsync(async () =>
        {
            var key = "generation-key:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{userId}\n{idempotencyKey}")));
            var (known, etag) = await dapr.GetStateAndETagAsync<KeyUse?>(Store, key, cancellationToken: cancellationToken);
            if (known is not null && known.Wish != wish)
                throw ApiException.KeyReused();
            id = known is not null && await IsOfUseAsync(userId, known.GenerationId, cancellationToken) ? known.GenerationId : NewId();
            return id == known?.GenerationId || await dapr.TrySaveAsync(Store, key, new KeyUse(id, wish), etag, s_keepKey, cancellationToken);
        }, cancellationToken);
        // The key comes first: after a crash between the two, whoever sends it again starts this one.
        if (await FindAsync(userId, id, cancellationToken) is not null)
            return id;
        try
        {
            return await ScheduleAsync(id, userId, wish, requestId, cancellationToken);
        }
        catch (ApiException) when (!cancellationToken.IsCancellationRequested)
        {
            // Another request with this key may have come first, at the same moment; anything else is a failure.
            if (await FindAsync(userId, id, cancellationToken) is not null)
                return id;
            throw;
        }
    }

    /// <summary>A user's generation; null when there is none or it is somebody else's.</summary>
    public async Task<(GenerationInput Input, WorkflowState State)?> FindAsync(string userId, string id, CancellationToken cancellationToken)
    {
        // Only ids that we make can exist.
        if (id.Length != IdLength || !id.All(char.IsAsciiHexDigitLower))
            return null;
        return Owned(userId, await AskAsync(() => workflows.GetWorkflowStateAsync(id, cancellation: cancellationToken)));
    }

    /// <summary>The same, after waiting for its end, but not for longer than a time.</summary>
    public async Task<(GenerationInput Input, WorkflowState State)?> WaitAsync(string userId, string id, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stop.CancelAfter(patience);
        try
        {
            return Owned(userId, await AskAsync(() => workflows.WaitForWorkflowCompletionAsync(id, cancellation: stop.Token)));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return await FindAsync(userId, id, cancellationToken);
        }
    }

    /// <summary>One that has failed is not; one that has not begun yet is.</summary>
    private async Task<bool> IsOfUseAsync(string userId, string id, CancellationToken cancellationToken) =>
        await FindAsync(userId, id, cancellationToken) is not var (input, state) || GenerationView.Of(id, input, state).Status != GenerationView.Failed;

    private Task<string> ScheduleAsync(string id, string userId, GenerateRequest wish, string requestId, CancellationToken cancellationToken)
    {
        var input = new GenerationInput(userId, Guid.CreateVersion7(time.GetUtcNow()).ToString(), wish, RandomNumberGenerator.GetInt32(int.MaxValue), requestId);
        return AskAsync(() => workflows.ScheduleNewWorkflowAsync(nameof(GenerateChallenge), id, input, (DateTimeOffset?)null, cancellationToken));
    }

    /// <summary>The workflow client's exceptions are those of its transport, which differ between SDKs.</summary>
    private async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            NoAnswer(log, e);
            throw ApiException.Unavailable("the Dapr sidecar");
        }
    }

    private static (GenerationInput, WorkflowState)? Owned(string userId, WorkflowState state) =>
        state.Exists && state.ReadInputAs<GenerationInput>() is { } input && input.UserId == userId ? (input, state) : null;

    private static string NewId() => Guid.NewGuid().ToString("N");

    [LoggerMessage(Level = LogLevel.Warning, Message = "The sidecar does not answer about workflows")]
    private static partial void NoAnswer(ILogger log, Exception e);

    /// <summary>What an Idempotency-Key was used for.</summary>
    private sealed record KeyUse(string GenerationId, GenerateRequest Wish);
}
