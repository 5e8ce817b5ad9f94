using System.Security.Cryptography;
using System.Text;
using Dapr.Workflow;
using Deepiri.ServiceDefaults.Errors;

namespace Deepiri.Challenge.Generation;

/// <summary>Starts generations and looks them up.</summary>
internal sealed partial class GenerationService(DaprWorkflowClient workflows, TimeProvider time, ILogger<GenerationService> log)
{
    private const int IdLength = 32;

    /// <summary>How often a wish may fail under one key.</summary>
    private const int MostAttempts = 20;

    /// <summary>
    /// Starts a generation. The same key of the same user gives the same generation, however often and from wherever it is sent, for as long
    /// as it is kept (dapr-config/challenge-service.yaml); after one that failed, a new one.
    /// </summary>
    /// <exception cref="ApiException">422 when the key was used for another wish, or has failed too often; 503 when the sidecar does not answer.</exception>
    public async Task<string> StartAsync(string userId, GenerateRequest wish, string? idempotencyKey, string requestId, CancellationToken cancellationToken)
    {
        if (idempotencyKey is null)
            return await ScheduleAsync(Guid.NewGuid().ToString("N"), userId, wish, requestId, cancellationToken);
        for (var attempt = 1; attempt <= MostAttempts; attempt++)
        {
            var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{userId}\n{attempt}\n{idempotencyKey}")))[..IdLength];
            if (await FindAsync(userId, id, cancellationToken) is not { } known)
                return await ScheduleOnceAsync(id, userId, wish, requestId, cancellationToken);
            if (Same(known.Input, wish, id) == id && GenerationView.Of(id, known.Input, known.State).Status != GenerationView.Failed)
                return id;
        }
        throw new ApiException(StatusCodes.Status422UnprocessableEntity, "IDEMPOTENCY_KEY_EXHAUSTED", $"This has failed {MostAttempts} times under this Idempotency-Key. Use a new one.");
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

    private Task<string> ScheduleAsync(string id, string userId, GenerateRequest wish, string requestId, CancellationToken cancellationToken)
    {
        var input = new GenerationInput(userId, Guid.CreateVersion7(time.GetUtcNow()).ToString(), wish, requestId);
        return AskAsync(() => workflows.ScheduleNewWorkflowAsync(nameof(GenerateChallenge), id, input, (DateTimeOffset?)null, cancellationToken));
    }

    private async Task<string> ScheduleOnceAsync(string id, string userId, GenerateRequest wish, string requestId, CancellationToken cancellationToken)
    {
        try
        {
            return await ScheduleAsync(id, userId, wish, requestId, cancellationToken);
        }
        catch (ApiException)
        {
            // Another request with this key may have come first, at the same moment; anything else is a failure.
            if (await FindAsync(userId, id, cancellationToken) is { } first)
                return Same(first.Input, wish, id);
            throw;
        }
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

    private static string Same(GenerationInput known, GenerateRequest wish, string id) => known.Wish == wish
        ? id
        : throw ApiException.KeyReused();

    [LoggerMessage(Level = LogLevel.Warning, Message = "The sidecar does not answer about workflows")]
    private static partial void NoAnswer(ILogger log, Exception e);
}
