namespace Deepiri.Training.Networks;

/// <summary>A vector per token; a text is the mean of its tokens' vectors. Token 0 is padding and stays zero.</summary>
internal sealed class EmbeddingBag
{
    public EmbeddingBag(int buckets, int dimensions, Random random)
    {
        (Buckets, Dimensions) = (buckets, dimensions);
        Vectors = Parameters.Normal(buckets * dimensions, 0.1, random);
        Array.Clear(Vectors.Values, 0, dimensions);
    }

    public int Buckets { get; }

    public int Dimensions { get; }

    public Parameters Vectors { get; }

    public void Forward(ReadOnlySpan<long> tokens, Span<float> to)
    {
        to.Clear();
        foreach (var token in tokens)
        {
            var vector = Vectors.Values.AsSpan((int)token * Dimensions, Dimensions);
            for (var i = 0; i < Dimensions; i++)
                to[i] += vector[i] / tokens.Length;
        }
    }

    public void Backward(ReadOnlySpan<long> tokens, ReadOnlySpan<float> gradient)
    {
        foreach (var token in tokens)
        {
            var into = Vectors.Gradients.AsSpan((int)token * Dimensions, Dimensions);
            for (var i = 0; i < Dimensions; i++)
                into[i] += gradient[i] / tokens.Length;
        }
    }
}
