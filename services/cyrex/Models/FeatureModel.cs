using Deepiri.Cyrex.Inference;
using Microsoft.ML.OnnxRuntime;

namespace Deepiri.Cyrex.Models;

/// <summary>Writes what a model is to know of a request.</summary>
internal delegate void FeatureWriter<in TRequest>(TRequest request, Span<float> into);

/// <summary>A model that takes features and gives one number.</summary>
internal sealed class FeatureModel<TRequest> : IBatchModel<TRequest, float>
{
    private readonly InferenceSession _session;
    private readonly FeatureWriter<TRequest> _write;
    private readonly int _features;
    private readonly BufferPool<(float[] Features, float[] Results)> _buffers;

    /// <exception cref="ModelException">The model takes another number of features: it was trained for another version of this service.</exception>
    public FeatureModel(InferenceSession session, int features, FeatureWriter<TRequest> write)
    {
        if (!OnnxModels.Shapes(session.InputNames, session.InputMetadata).SequenceEqual([(typeof(float), features)])
            || !OnnxModels.Shapes(session.OutputNames, session.OutputMetadata).SequenceEqual([(typeof(float), 1)]))
            throw new ModelException($"The model does not take {features} features and give one number; train it again.");
        (_session, _features, _write) = (session, features, write);
        _buffers = new(() => (new float[BatchLimits.Largest * features], new float[BatchLimits.Largest]));
    }

    public void Run(ReadOnlySpan<TRequest> requests, Span<float> results)
    {
        var buffers = _buffers.Rent();
        try
        {
            for (var i = 0; i < requests.Length; i++)
                _write(requests[i], buffers.Features.AsSpan(i * _features, _features));
            _session.Run([OnnxModels.Tensor(buffers.Features, requests.Length, _features)], [OnnxModels.Tensor(buffers.Results, requests.Length, 1)]);
            buffers.Results.AsSpan(0, requests.Length).CopyTo(results);
        }
        finally
        {
            _buffers.Return(buffers);
        }
    }
}
