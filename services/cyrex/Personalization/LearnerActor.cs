using Dapr.Actors;
using Dapr.Actors.Runtime;

namespace Deepiri.Cyrex.Personalization;

/// <summary>A learner; the actor's id is the user's.</summary>
public interface ILearnerActor : IActor
{
    /// <summary>What is known of the learner.</summary>
    Task<LearnerState> GetAsync();

    /// <summary>Learns from a try, once however often it is told.</summary>
    Task ObserveAsync(Observation observation);
}

/// <summary>Keeps what is known of one learner: one turn at a time, so that no try is lost to another.</summary>
internal sealed class LearnerActor(ActorHost host, SuccessModel model) : Actor(host), ILearnerActor
{
    public const string TypeName = "Learner";
    private const string Key = "learner";

    public async Task<LearnerState> GetAsync()
    {
        if (await StateManager.TryGetStateAsync<LearnerState>(Key) is not { HasValue: true, Value: var known })
            return LearnerState.New;
        // A version with other topics has other features; what the bandit learned of the old ones cannot be carried over.
        return known.Bandit.Rewards.Length == ArmFeatures.Count ? known : known with { Bandit = LinUcb.Empty(ArmFeatures.Count) };
    }

    public async Task ObserveAsync(Observation observation)
    {
        var state = await GetAsync();
        var probability = await model.ProbabilityAsync(state.HistoryAt(SuccessModel.UnknownLevel), observation.Topic, observation.Difficulty, CancellationToken.None);
        await StateManager.SetStateAsync(Key, state.With(observation, probability));
    }
}
