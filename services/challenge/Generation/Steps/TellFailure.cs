using Dapr.Client;
using Dapr.Workflow;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.Http;

namespace Deepiri.Challenge.Generation.Steps;

/// <summary>
/// Tells the user that there will be no challenge. By an event, which reaches whoever tells people as soon as they are there again: their
/// absence may be why the generation failed.
/// </summary>
internal sealed class TellFailure(DaprClient dapr) : WorkflowActivity<TellFailure.Input, bool>
{
    private static readonly Dictionary<string, string> s_metadata = new() { ["cloudevent.type"] = EventTypes.GenerationFailed };

    public override async Task<bool> RunAsync(WorkflowActivityContext context, Input input)
    {
        var failed = new GenerationProgressed(context.InstanceId, input.Generation.UserId, "failed", Words<GenerationStep>.Of(input.At), (int)input.At + 1, Enum.GetValues<GenerationStep>().Length, null, input.Generation.RequestId);
        await dapr.PublishEventAsync(Topics.PubSub, Topics.Challenges, failed, s_metadata);
        return true;
    }

    /// <param name="At">The step that failed.</param>
    internal sealed record Input(GenerationInput Generation, GenerationStep At);
}
