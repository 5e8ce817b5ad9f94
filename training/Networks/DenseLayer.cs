using System.Numerics;

namespace Deepiri.Training.Networks;

/// <summary>A fully connected layer, with or without a ReLU after it.</summary>
internal sealed class DenseLayer(int inputs, int outputs, bool rectified, Random random)
{
    public int Inputs => inputs;

    public int Outputs => outputs;

    public bool Rectified => rectified;

    /// <summary>A row of weights per output.</summary>
    public Parameters Weights { get; } = Parameters.Normal(inputs * outputs, Math.Sqrt((rectified ? 2.0 : 1.0) / inputs), random);

    public Parameters Biases { get; } = new(outputs);

    public void Forward(ReadOnlySpan<float> from, Span<float> to)
    {
        for (var o = 0; o < outputs; o++)
        {
            var sum = Biases.Values[o] + Dot(from, Weights.Values.AsSpan(o * inputs, inputs));
            to[o] = rectified ? MathF.Max(0, sum) : sum;
        }
    }

    /// <summary>Collects the gradients of the layer, and adds those of its input to <paramref name="fromGradient"/>.</summary>
    public void Backward(ReadOnlySpan<float> from, ReadOnlySpan<float> to, ReadOnlySpan<float> toGradient, Span<float> fromGradient)
    {
        for (var o = 0; o < outputs; o++)
        {
            var gradient = rectified && to[o] <= 0 ? 0 : toGradient[o];
            if (gradient == 0)
                continue;
            Biases.Gradients[o] += gradient;
            AddScaled(from, gradient, Weights.Gradients.AsSpan(o * inputs, inputs));
            AddScaled(Weights.Values.AsSpan(o * inputs, inputs), gradient, fromGradient);
        }
    }

    private static float Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        var sums = Vector<float>.Zero;
        var i = 0;
        for (; i + Vector<float>.Count <= a.Length; i += Vector<float>.Count)
            sums += new Vector<float>(a[i..]) * new Vector<float>(b[i..]);
        var sum = Vector.Sum(sums);
        for (; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }

    private static void AddScaled(ReadOnlySpan<float> from, float scale, Span<float> to)
    {
        var i = 0;
        for (; i + Vector<float>.Count <= from.Length; i += Vector<float>.Count)
            (new Vector<float>(to[i..]) + new Vector<float>(from[i..]) * scale).CopyTo(to[i..]);
        for (; i < from.Length; i++)
            to[i] += from[i] * scale;
    }
}
