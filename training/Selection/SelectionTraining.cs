using Deepiri.Cyrex.Challenges;
using Microsoft.ML.OnnxRuntime;
using Deepiri.Cyrex.Models;
using Deepiri.Training.Networks;

namespace Deepiri.Training.Selection;

/// <summary>Challenge selection: learner and challenge to the probability of success.</summary>
internal sealed class SelectionTraining : IModelTraining
{
    private const int Seed = 4711;
    private const int Learners = 3_000;
    private const int HeldOutLearners = 600;

    public string Name => "challenge-selection";

    public int Version => 1;

    public string Purpose => "How likely a learner is to solve a challenge of a topic and a difficulty.";

    public string Architecture => $"{SelectionFeatures.Count} features of level, tries and successes, two hidden layers of 32 and 16, a sigmoid.";

    public string Data => $"The tries of {Learners:N0} learners simulated by item response theory (training/Selection) with seed {Seed}; held out: {HeldOutLearners:N0} learners simulated with another seed.";

    public string Limits => "Learned from simulated people: the ranking of difficulties carries over, the exact probabilities do so only as far as people are like the simulation.";

    public Network Train(Action<string> tell)
    {
        var random = new Random(Seed);
        var examples = SimulatedLearner.Simulate(Learners, Seed).Select(t => new Example([], Example.FeaturesOf(SelectionFeatures.Count, into => SelectionFeatures.Write(t.Before, t.Topic, t.Difficulty, into)), [t.Succeeded ? 1 : 0])).ToList();
        var network = new Network(SelectionFeatures.Count, null, [32, 16], [new Head("success", HeadKind.Sigmoid, 1)], random);
        network.Train(examples, new Schedule(Epochs: 8, BatchSize: 128, Rate: 0.003f, Decay: 1e-5f), random, (epoch, loss) => tell($"epoch {epoch}: loss {loss:0.000}"));
        return network;
    }

    public IReadOnlyList<Metric> Evaluate(InferenceSession session)
    {
        var model = new FeatureModel<SimulatedTry>(session, SelectionFeatures.Count, (t, into) => SelectionFeatures.Write(t.Before, t.Topic, t.Difficulty, into));
        var tries = SimulatedLearner.Simulate(HeldOutLearners, Seed + 1).ToList();
        var probabilities = model.RunAll(tries);
        var pairs = tries.Zip(probabilities, (t, p) => ((double)p, t.Succeeded)).ToList();
        return
        [
            new Metric("held_out_auc", Metrics.Auc(pairs), 0.82, false),
            // No model can do better than who knows the abilities.
            new Metric("held_out_auc_of_an_oracle", Metrics.Auc([.. tries.Select(t => (t.Probability, t.Succeeded))]), null, false),
            new Metric("held_out_calibration_error", Metrics.CalibrationError(pairs), 0.03, true),
            new Metric("held_out_mean_error_of_probability", tries.Zip(probabilities, (t, p) => Math.Abs(t.Probability - p)).Average(), 0.15, true),
        ];
    }
}
