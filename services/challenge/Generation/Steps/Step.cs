using Dapr.Client;
using Dapr.Workflow;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.Http;

namespace Deepiri.Challenge.Generation.Steps;

/// <summary>What every step's input has.</summary>
internal interface IStepInput
{
    GenerationInput Generation { get; }
}

/// <summary>A step of a generation. Steps run at least once, so each of them does the same when it runs again.</summary>
internal abstract partial class Step<TInput, TOutput>(GenerationStep step, DaprClient dapr, ILogger log) : WorkflowActivity<TInput, TOutput> where TInput : IStepInput
{
    private static readonly Dictionary<string, string> s_metadata = new() { ["cloudevent.type"] = EventTypes.GenerationProgressed };

    public sealed override async Task<TOutput> RunAsync(WorkflowActivityContext context, TInput input)
    {
        await TellAsync(context.InstanceId, input.Generation, "running", null);
        return await RunStepAsync(context.InstanceId, input);
    }

    protected abstract Task<TOutput> RunStepAsync(string generationId, TInput input);

    /// <summary>Progress is for showing: a generation does not fail because nobody hears of it.</summary>
    protected async Task TellAsync(string generationId, GenerationInput generation, string status, string? challengeId)
    {
        var progressed = new GenerationProgressed(generationId, generation.UserId, status, Words<GenerationStep>.Of(step), (int)step + 1, Enum.GetValues<GenerationStep>().Length, challengeId, generation.RequestId);
        try
        {
            await dapr.PublishEventAsync(Topics.PubSub, Topics.Challenges, progressed, s_metadata);
        }
        catch (Dapr.DaprException e)
        {
            Untold(log, generationId, progressed.Step, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Nobody was told that generation {GenerationId} is at '{Step}'")]
    private static partial void Untold(ILogger log, string generationId, string step, Exception e);
}
