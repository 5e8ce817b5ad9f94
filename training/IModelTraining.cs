using Microsoft.ML.OnnxRuntime;
using Deepiri.Cyrex.Models;
using Deepiri.Training.Networks;

namespace Deepiri.Training;

/// <summary>A model: its data, its network, and how it is measured.</summary>
internal interface IModelTraining
{
    string Name { get; }

    int Version { get; }

    string Purpose { get; }

    string Architecture { get; }

    string Data { get; }

    string Limits { get; }

    Network Train(Action<string> tell);

    /// <summary>Measures the model as it is served: through ONNX Runtime, on examples that it was not trained on.</summary>
    IReadOnlyList<Metric> Evaluate(InferenceSession session);
}

internal static class BatchModelExtensions
{
    /// <summary>Answers any number of requests, in batches.</summary>
    public static IReadOnlyList<TResult> RunAll<TRequest, TResult>(this IBatchModel<TRequest, TResult> model, IEnumerable<TRequest> requests) =>
    [
        .. requests.Chunk(BatchLimits.Largest).SelectMany(batch =>
        {
            var results = new TResult[batch.Length];
            model.Run(batch, results);
            return results;
        }),
    ];
}
