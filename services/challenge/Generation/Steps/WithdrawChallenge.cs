using Dapr.Workflow;
using Deepiri.Challenge.Challenges;

namespace Deepiri.Challenge.Generation.Steps;

/// <summary>Takes back what was stored, when a later step has failed for good.</summary>
internal sealed class WithdrawChallenge(ChallengeStore store) : WorkflowActivity<GenerationInput, bool>
{
    public override async Task<bool> RunAsync(WorkflowActivityContext context, GenerationInput input)
    {
        await store.WithdrawAsync(input.ChallengeId, input.RequestId, CancellationToken.None);
        return true;
    }
}
