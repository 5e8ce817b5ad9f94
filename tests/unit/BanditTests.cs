using Deepiri.ChallengeGrammar;
using Deepiri.Cyrex.Personalization;
using Deepiri.Training.Selection;

namespace Deepiri.UnitTests;

/// <summary>The bandit against learners whose abilities only the simulation knows.</summary>
public sealed class BanditTests
{
    private const int Learners = 30;
    private const int Rounds = 150;

    [Fact]
    public void It_regrets_far_less_than_chance()
    {
        var (bandit, chance, late) = (0.0, 0.0, 0.0);
        for (var seed = 0; seed < Learners; seed++)
        {
            var (all, last) = Play(seed, (state, learner, _) => Arms().MaxBy(a => state.Bandit.BoundOf(Features(learner, a), 0.35f)));
            bandit += all;
            late += last;
            chance += Play(seed, (_, _, random) => Arms().ElementAt(random.Next(Arms().Count()))).All;
        }
        Assert.True(bandit < 0.55 * chance, $"regret {bandit / Learners:0.0} of the bandit, {chance / Learners:0.0} of chance");
        // It learns: what it regrets in the last third is less than a third of all.
        Assert.True(late < 0.33 * bandit, $"{late / Learners:0.0} of {bandit / Learners:0.0} in the last third");
    }

    [Fact]
    public void A_try_that_is_told_twice_counts_once()
    {
        var once = LearnerState.New.With(new Observation("s1", "arrays", Difficulty.Hard, true), 0.5f);
        var twice = once.With(new Observation("s1", "arrays", Difficulty.Hard, true), 0.5f);
        Assert.Same(once, twice);
        Assert.Equal((1, 1), (once.Bandit.Observations, once.ByTopic["arrays"].Attempts));
    }

    [Fact]
    public void What_had_a_reward_is_bound_higher_and_what_is_known_is_less_uncertain()
    {
        var features = ArmFeatures.Of("graphs", Difficulty.Medium, 0.6f);
        var empty = LinUcb.Empty(features.Length);
        var rewarded = Enumerable.Range(0, 20).Aggregate(empty, (b, _) => b.With(features, 1));
        Assert.InRange(rewarded.BoundOf(features, 0), 0.9, 1.0);
        Assert.Equal(0, empty.BoundOf(features, 0));
        Assert.True(empty.BoundOf(features, 1) > rewarded.BoundOf(features, 1) - rewarded.BoundOf(features, 0));
    }

    private static (double All, double Late) Play(int seed, Func<LearnerState, SimulatedLearner, Random, (string Topic, Difficulty Difficulty)> choose)
    {
        var random = new Random(seed);
        var learner = new SimulatedLearner(new Random(seed), practice: 0);
        var state = LearnerState.New;
        var (all, late) = (0.0, 0.0);
        for (var round = 0; round < Rounds; round++)
        {
            var arm = choose(state, learner, random);
            var regret = Arms().Max(a => Worth(learner, a)) - Worth(learner, arm);
            all += regret;
            late += round >= Rounds * 2 / 3 ? regret : 0;
            var probability = Estimate(learner, arm);
            state = state.With(new Observation($"{round}", arm.Topic, arm.Difficulty, learner.Try(arm.Topic, arm.Difficulty).Succeeded), probability);
        }
        return (all, late);
    }

    private static double Worth(SimulatedLearner learner, (string Topic, Difficulty Difficulty) arm) => learner.ProbabilityOf(arm.Topic, arm.Difficulty) * ChallengeValue.Of(arm.Difficulty, true);

    private static float[] Features(SimulatedLearner learner, (string Topic, Difficulty Difficulty) arm) => ArmFeatures.Of(arm.Topic, arm.Difficulty, Estimate(learner, arm));

    /// <summary>What is known without any model: the learner's own rates.</summary>
    private static float Estimate(SimulatedLearner learner, (string Topic, Difficulty Difficulty) arm)
    {
        var known = learner.History;
        return (known.ByTopic.GetValueOrDefault(arm.Topic).Rate + known.ByDifficulty.GetValueOrDefault(arm.Difficulty).Rate) / 2;
    }

    private static IEnumerable<(string Topic, Difficulty Difficulty)> Arms() => from topic in Grammar.Topics from difficulty in Enum.GetValues<Difficulty>() select (topic, difficulty);
}
