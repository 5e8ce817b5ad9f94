using System.Security.Cryptography;
using System.Text.Json;
using Deepiri.Cyrex.Inference;
using Deepiri.Cyrex.Models;
using Deepiri.Training.Networks;
using Deepiri.Training.Onnx;
using Deepiri.Training.Predictions;
using Deepiri.Training.Selection;
using Deepiri.Training.Tasks;

namespace Deepiri.Training;

/// <summary>Trains models and writes them where cyrex looks for them, each with its card.</summary>
internal sealed class Trainer(string directory, Action<string> tell)
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static IReadOnlyList<IModelTraining> Models { get; } = [new TaskTraining(), new SelectionTraining(), new CompletionTimeTraining(), new ChurnTraining()];

    /// <summary>Trains a model, and replaces the one there was only when the new one holds all its floors.</summary>
    public bool Train(IModelTraining training)
    {
        tell($"== {training.Name}");
        var network = training.Train(tell);
        var bytes = OnnxWriter.Write(training.Name, training.Version, training.Purpose, network);
        var file = Path.Combine(directory, training.Name + ".onnx");
        var draft = file + ".new";
        File.WriteAllBytes(draft, bytes);
        var metrics = Evaluate(training, draft);
        if (!metrics.All(m => m.Holds))
        {
            tell($"{training.Name} does not hold its floors; {file} stays as it was.");
            File.Delete(draft);
            return false;
        }
        var card = new ModelCard(training.Name, training.Version, training.Purpose, training.Architecture, training.Data, training.Limits, Count(network), Convert.ToHexStringLower(SHA256.HashData(bytes)), metrics);
        File.WriteAllText(Path.ChangeExtension(file, ".json"), JsonSerializer.Serialize(card, s_json) + "\n");
        File.Move(draft, file, overwrite: true);
        return true;
    }

    /// <summary>Measures the model that is there.</summary>
    public bool Evaluate(IModelTraining training)
    {
        tell($"== {training.Name}");
        return Evaluate(training, Path.Combine(directory, training.Name + ".onnx")).All(m => m.Holds);
    }

    private IReadOnlyList<Metric> Evaluate(IModelTraining training, string file)
    {
        using var session = OnnxModels.Load(file);
        var metrics = training.Evaluate(session).Select(m => m with { Value = Math.Round(m.Value, 4) }).ToList();
        foreach (var m in metrics)
            tell($"{(m.Holds ? " " : "!")} {m.Name,-45} {m.Value,8:0.000}{(m.Floor is null ? "" : $"   must be {(m.LowerIsBetter ? "at most" : "at least")} {m.Floor}")}");
        return metrics;
    }

    private static int Count(Network network) =>
        network.Hidden.Concat(network.Outputs).Sum(l => (l.Inputs + 1) * l.Outputs) + (network.Embedding is { } e ? e.Buckets * e.Dimensions : 0);
}
