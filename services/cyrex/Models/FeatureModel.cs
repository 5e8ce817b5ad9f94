using Deepiri.Cyrex.Inference;

namespace Deepiri.Cyrex.Models;

/// <summary>Writes what a model is to know of a request.</summary>
internal delegate void FeatureWriter<in TRequest>(TRequest request, Span<float> into);

/// <summary>A model that takes features and gives one number.</summary>
internal sealed class FeatureModel<TRequest> : IBatchModel<TRequest, float>
{
    private readonly InferenceSession _session;
    private readonly FeatureWriter<TRequest> _write;
    private readonly int _features;
    private readonly BufferPool<(TensorBuffer<float> Features, TensorBuffer<float> Results)> _buffers;

    /// <exception cref="OnnxRuntimeException">The model takes another number of features: it was trained for another version of this service.</exception>
    public FeatureModel(InferenceSession session, int features, FeatureWriter<TRequest> write)
    {
        if (session.Inputs is not [{ Type: ElementType.Float, Dimensions: [_, var columns] }] || columns != features || session.Outputs is not [{ Dimensions: [_, 1] }])
            throw new OnnxRuntimeException($"The model does not take {features} features and give one number; train it again.");
        (_session, _features, _write) = (session, features, write);
        _buffers = new(() => (new TensorBuffer<float>(ElementType.Float, BatchLimits.Largest * features), new TensorBuffer<float>(ElementType.Float, BatchLimits.Largest)));
    }

    public void Run(ReadOnlySpan<TRequest> requests, Span<float> results)
    {
        var buffers = _buffers.Rent();
        try
        {
            for (var i = 0; i < requests.Length; i++)
                _write(requests[i], buffers.Features.Span.Slice(i * _features, _features));
            _session.Run([new ShapedTensor(buffers.Features, requests.Length, _features)], [new ShapedTensor(buffers.Results, requests.Length, 1)]);
            buffers.Results.Span[..requests.Length].CopyTo(results);
        }
        finally
        {
            _buffers.Return(buffers);
        }
    }
}
