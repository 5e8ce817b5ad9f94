using Microsoft.ML.OnnxRuntime;
using Deepiri.Cyrex.Models;
using Deepiri.Cyrex.Predictions;
using Deepiri.Training.Networks;

namespace Deepiri.Training.Predictions;

/// <summary>Completion time: a task, its owner's estimate and habits to the minutes that it will take.</summary>
internal sealed class CompletionTimeTraining : IModelTraining
{
    private const int Seed = 90210;
    private const int People = 3_000;

    public string Name => "completion-time";

    public int Version => 1;

    public string Purpose => "How long a task will really take, as the logarithm of its minutes.";

    public string Architecture => $"{PredictionFeatures.TimeCount} features, two hidden layers of 32 and 16, a number.";

    public string Data => $"The tasks of {People:N0} simulated people (training/Predictions/SimulatedTasks.cs) with seed {Seed}; held out: a fifth as many people with another seed.";

    public string Limits => "Learned from simulated people; estimates from 5 minutes to 8 hours.";

    public Network Train(Action<string> tell)
    {
        var random = new Random(Seed);
        var examples = SimulatedTasks.Draw(People, Seed).Select(t => new Example([], Example.FeaturesOf(PredictionFeatures.TimeCount, into => PredictionFeatures.Write(t.Task, into)), [(float)Math.Log(t.Minutes)])).ToList();
        var network = new Network(PredictionFeatures.TimeCount, null, [32, 16], [new Head("log_minutes", HeadKind.Linear, 1)], random);
        network.Train(examples, new Schedule(Epochs: 8, BatchSize: 128, Rate: 0.003f, Decay: 1e-5f), random, (epoch, loss) => tell($"epoch {epoch}: loss {loss:0.000}"));
        return network;
    }

    public IReadOnlyList<Metric> Evaluate(InferenceSession session)
    {
        var model = new FeatureModel<TaskToTime>(session, PredictionFeatures.TimeCount, PredictionFeatures.Write);
        var tasks = SimulatedTasks.Draw(People / 5, Seed + 1).ToList();
        var predicted = model.RunAll(tasks.Select(t => t.Task)).Select(l => Math.Exp(l)).ToList();
        return
        [
            new Metric("held_out_median_factor", Metrics.MedianFactor(tasks.Zip(predicted, (t, p) => (t.Minutes, p))), 1.32, true),
            new Metric("held_out_median_factor_of_the_estimate", Metrics.MedianFactor(tasks.Select(t => (t.Minutes, (double)t.Task.EstimateMinutes))), null, true),
            // Half of the tasks take longer than predicted.
            new Metric("held_out_share_longer_than_predicted", Math.Abs(Metrics.Accuracy(tasks.Zip(predicted, (t, p) => t.Minutes > p)) - 0.5), 0.05, true),
        ];
    }
}
