using Dapr.Workflow;
using Deepiri.Challenge.Generation.Steps;
using Deepiri.ChallengeGrammar;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.Http;

namespace Deepiri.Challenge.Generation;

/// <summary>
/// Makes a challenge for a user: load, select, generate, verify, store, publish, notify. When a step fails for good, what was stored is taken
/// back and the user is told.
/// </summary>
internal sealed class GenerateChallenge : Workflow<GenerationInput, GenerationProgress>
{
    /// <summary>Half a minute in all: longer than what is down takes to be started again.</summary>
    private static readonly WorkflowTaskOptions s_retried = new(new WorkflowRetryPolicy(maxNumberOfAttempts: 6, TimeSpan.FromSeconds(1), backoffCoefficient: 2, TimeSpan.FromSeconds(10)));

    /// <summary>What takes a generation back goes on for most of a day, since nobody else will.</summary>
    private static readonly WorkflowTaskOptions s_undone = new(new WorkflowRetryPolicy(maxNumberOfAttempts: 1000, TimeSpan.FromSeconds(1), backoffCoefficient: 2, TimeSpan.FromMinutes(1)));

    public override async Task<GenerationProgress> RunAsync(WorkflowContext context, GenerationInput input)
    {
        var run = new Run(context);
        try
        {
            var learner = await run.StepAsync<Learner>(GenerationStep.LoadProfile, nameof(LoadProfile), new LoadProfile.Input(input));
            var selection = await run.StepAsync<Selection>(GenerationStep.Select, nameof(SelectChallenge), new SelectChallenge.Input(input, learner));
            var challenge = await MakeAsync(run, new MakeChallenge.Input(input, learner, selection, RulesOnly: false));
            await run.StepAsync<bool>(GenerationStep.Store, nameof(StoreChallenge), new StoreChallenge.Input(input, challenge));
            await run.StepAsync<bool>(GenerationStep.Publish, nameof(PublishChallenge), new PublishChallenge.Input(input));
            await run.StepAsync<bool>(GenerationStep.Notify, nameof(NotifyUser), new NotifyUser.Input(input, challenge.Title));
        }
        catch (WorkflowTaskFailedException)
        {
            var at = run.FailedStep;
            await context.CallActivityAsync<bool>(nameof(WithdrawChallenge), input, s_undone);
            run.Undo(GenerationStep.Store, GenerationStep.Publish);
            await context.CallActivityAsync<bool>(nameof(TellFailure), new TellFailure.Input(input, at), s_undone);
        }
        return run.Progress;
    }

    /// <summary>What a model has made may be wrong; then the grammar makes one.</summary>
    private static async Task<GeneratedChallenge> MakeAsync(Run run, MakeChallenge.Input input)
    {
        var challenge = await run.StepAsync<GeneratedChallenge>(GenerationStep.Generate, nameof(MakeChallenge), input);
        if (await run.StepAsync<string?>(GenerationStep.Verify, nameof(VerifyChallenge), new VerifyChallenge.Input(input.Generation, challenge)) is not { } fault)
            return challenge;
        return !input.RulesOnly
            ? await MakeAsync(run, input with { RulesOnly = true })
            : throw run.Failed(GenerationStep.Verify, fault);
    }

    /// <summary>The steps of one run, with their progress in the workflow's custom status.</summary>
    private sealed class Run(WorkflowContext context)
    {
        public GenerationProgress Progress { get; private set; } = GenerationProgress.Begun;

        public GenerationStep FailedStep => (GenerationStep)Progress.Steps.ToList().IndexOf(StepStatus.Failed);

        public async Task<T> StepAsync<T>(GenerationStep step, string activity, object input)
        {
            Show(Progress.With(step, StepStatus.Running));
            try
            {
                var result = await context.CallActivityAsync<T>(activity, input, s_retried);
                Show(Progress.With(step, StepStatus.Done));
                return result;
            }
            catch (WorkflowTaskFailedException e)
            {
                throw Failed(step, e.FailureDetails.ErrorMessage);
            }
        }

        public WorkflowTaskFailedException Failed(GenerationStep step, string why)
        {
            Show(Progress.With(step, StepStatus.Failed) with { Error = $"The step '{Words<GenerationStep>.Of(step)}' failed." });
            return new WorkflowTaskFailedException(Progress.Error!, new WorkflowTaskFailureDetails(nameof(GenerateChallenge), why));
        }

        public void Undo(params GenerationStep[] steps) =>
            Show(steps.Where(s => Progress.Steps[(int)s] == StepStatus.Done).Aggregate(Progress, (progress, step) => progress.With(step, StepStatus.Undone)));

        private void Show(GenerationProgress progress) => context.SetCustomStatus(Progress = progress);
    }
}
