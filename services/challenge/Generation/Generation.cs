using Deepiri.ChallengeGrammar;

namespace Deepiri.Challenge.Generation;

/// <summary>A user's wish; what is left open is chosen for them.</summary>
internal sealed record GenerateRequest(string? Topic, Difficulty? Difficulty, string? Language);

/// <summary>What the workflow begins with.</summary>
/// <param name="ChallengeId">The id that the challenge will have.</param>
/// <param name="Seed">What the grammar makes the challenge from: a step that runs again makes the same one. It tells the hidden tests, and is shown to nobody.</param>
/// <param name="RequestId">The request that asked for it.</param>
internal sealed record GenerationInput(string UserId, string ChallengeId, GenerateRequest Wish, int Seed, string? RequestId);

/// <summary>The steps of a generation, in their order.</summary>
internal enum GenerationStep
{
    LoadProfile,
    Select,
    Generate,
    Verify,
    Store,
    Publish,
    Notify,
}

internal enum StepStatus
{
    Pending,
    Running,
    Done,
    Failed,

    /// <summary>It was done, and was taken back since a later one failed.</summary>
    Undone,
}

/// <summary>How far a generation is; the workflow's custom status.</summary>
/// <param name="Steps">A status per <see cref="GenerationStep"/>.</param>
/// <param name="Error">Why it failed, in words for the user.</param>
internal sealed record GenerationProgress(IReadOnlyList<StepStatus> Steps, string? Error)
{
    public static GenerationProgress Begun { get; } = new([.. Enum.GetValues<GenerationStep>().Select(_ => StepStatus.Pending)], null);

    public GenerationProgress With(GenerationStep step, StepStatus status) => this with { Steps = [.. Steps.Select((s, i) => i == (int)step ? status : s)] };
}
