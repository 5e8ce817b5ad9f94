using System.Security.Cryptography;
using System.Text;
using Dapr.Workflow;
using Deepiri.ServiceDefaults.Errors;

namespace Deepiri.Challenge.Generation;

/// <summary>Starts generations and looks them up.</summary>
internal sealed class GenerationService(DaprWorkflowClient workflows, TimeProvider time)
{
    private const int IdLength = 32;

    /// <summary>Starts a generation. The same key of the same user gives the same generation, however often and from wherever it is sent.</summary>
    /// <exception cref="ApiException">422 when the key was used for another wish.</exception>
    public async Task<string> StartAsync(string userId, GenerateRequest wish, string? idempotencyKey, string requestId, CancellationToken cancellationToken)
    {
        var id = idempotencyKey is null ? Guid.NewGuid().ToString("N") : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{userId}\n{idempotencyKey}")))[..IdLength];
        if (idempotencyKey is not null && await FindAsync(userId, id, cancellationToken) is var (known, _))
            return Same(known, wish, id);
        var input = new GenerationInput(userId, Guid.CreateVersion7(time.GetUtcNow()).ToString(), wish, requestId);
        try
        {
            return await workflows.ScheduleNewWorkflowAsync(nameof(GenerateChallenge), id, input, (DateTimeOffset?)null, cancellationToken);
        }
        catch (Exception) when (idempotencyKey is not null)
        {
            // Another request with this key may have come first, at the same moment; anything else is a failure.
            if (await FindAsync(userId, id, cancellationToken) is var (first, _))
                return Same(first, wish, id);
            throw;
        }
    }

    /// <summary>A user's generation; null when there is none or it is somebody else's.</summary>
    public async Task<(GenerationInput Input, WorkflowState State)?> FindAsync(string userId, string id, CancellationToken cancellationToken)
    {
        // Only ids that we make can exist.
        if (id.Length != IdLength || !id.All(char.IsAsciiHexDigitLower))
            return null;
        return Owned(userId, await workflows.GetWorkflowStateAsync(id, cancellation: cancellationToken));
    }

    /// <summary>The same, after waiting for its end, but not for longer than a time.</summary>
    public async Task<(GenerationInput Input, WorkflowState State)?> WaitAsync(string userId, string id, TimeSpan patience, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stop.CancelAfter(patience);
        try
        {
            return Owned(userId, await workflows.WaitForWorkflowCompletionAsync(id, cancellation: stop.Token));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return await FindAsync(userId, id, cancellationToken);
        }
    }

    private static (GenerationInput, WorkflowState)? Owned(string userId, WorkflowState state) =>
        state.Exists && state.ReadInputAs<GenerationInput>() is { } input && input.UserId == userId ? (input, state) : null;

    private static string Same(GenerationInput known, GenerateRequest wish, string id) => known.Wish == wish
        ? id
        : throw new ApiException(StatusCodes.Status422UnprocessableEntity, "IDEMPOTENCY_KEY_REUSED", "This Idempotency-Key was used for another request. Use a new one.");
}
