using Dapr.Workflow;
using Deepiri.ServiceDefaults.Http;

namespace Deepiri.Challenge.Generation;

/// <summary>A generation as the API shows it.</summary>
/// <param name="Status">running, completed or failed.</param>
/// <param name="ChallengeId">The challenge, once it is there.</param>
/// <param name="Error">Why there is none.</param>
internal sealed record GenerationView(string Id, string Status, IReadOnlyList<StepView> Steps, string? ChallengeId, string? Error, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt)
{
    public const string Running = "running";
    public const string Completed = "completed";
    public const string Failed = "failed";

    public static GenerationView Of(string id, GenerationInput input, WorkflowState state)
    {
        var progress = state.ReadOutputAs<GenerationProgress>() ?? state.ReadCustomStatusAs<GenerationProgress>() ?? GenerationProgress.Begun;
        var error = progress.Error ?? (state.FailureDetails is null ? null : "The challenge could not be made.");
        var status = !state.IsWorkflowCompleted ? Running : error is null ? Completed : Failed;
        return new(id, status, [.. progress.Steps.Select((s, i) => new StepView(Words<GenerationStep>.Of((GenerationStep)i), s))],
            status == Completed ? input.ChallengeId : null, status == Failed ? error : null, state.CreatedAt, state.LastUpdatedAt);
    }
}

/// <summary>A step and how far it is.</summary>
internal sealed record StepView(string Name, StepStatus Status);
