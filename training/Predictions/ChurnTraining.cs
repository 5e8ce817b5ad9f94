using Microsoft.ML.OnnxRuntime;
using Deepiri.Cyrex.Models;
using Deepiri.Cyrex.Predictions;
using Deepiri.Training.Networks;

namespace Deepiri.Training.Predictions;

/// <summary>Churn: what a user did lately to the probability that they stay away for the next 14 days.</summary>
internal sealed class ChurnTraining : IModelTraining
{
    private const int Seed = 1618;
    private const int Users = 30_000;

    public string Name => "churn";

    public int Version => 1;

    public string Purpose => "How likely a user is not to come back within 14 days.";

    public string Architecture => $"{PredictionFeatures.ChurnCount} features, two hidden layers of 24 and 12, a sigmoid.";

    public string Data => $"{Users:N0} users simulated day by day (training/Predictions/SimulatedUsers.cs) with seed {Seed}; held out: a fifth as many with another seed.";

    public string Limits => "Learned from simulated people, for users who were active within the last 30 days.";

    public Network Train(Action<string> tell)
    {
        var random = new Random(Seed);
        var examples = SimulatedUsers.Draw(Users, Seed).Select(u => new Example([], Example.FeaturesOf(PredictionFeatures.ChurnCount, into => PredictionFeatures.Write(u.Activity, into)), [u.Left ? 1 : 0])).ToList();
        var network = new Network(PredictionFeatures.ChurnCount, null, [24, 12], [new Head("churn", HeadKind.Sigmoid, 1)], random);
        network.Train(examples, new Schedule(Epochs: 10, BatchSize: 128, Rate: 0.003f, Decay: 1e-5f), random, (epoch, loss) => tell($"epoch {epoch}: loss {loss:0.000}"));
        return network;
    }

    public IReadOnlyList<Metric> Evaluate(InferenceSession session)
    {
        var model = new FeatureModel<ActivityToJudge>(session, PredictionFeatures.ChurnCount, PredictionFeatures.Write);
        var users = SimulatedUsers.Draw(Users / 5, Seed + 1).ToList();
        var pairs = users.Zip(model.RunAll(users.Select(u => u.Activity)), (u, p) => ((double)p, u.Left)).ToList();
        return
        [
            new Metric("held_out_auc", Metrics.Auc(pairs), 0.85, false),
            new Metric("held_out_auc_of_days_since_active", Metrics.Auc([.. users.Select(u => ((double)u.Activity.DaysSinceActive, u.Left))]), null, false),
            new Metric("held_out_calibration_error", Metrics.CalibrationError(pairs), 0.03, true),
        ];
    }
}
