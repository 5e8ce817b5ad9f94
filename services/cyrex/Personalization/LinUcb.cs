namespace Deepiri.Cyrex.Personalization;

/// <summary>
/// LinUCB (Li et al., 2010, https://arxiv.org/abs/1003.0146): the reward of a choice is taken for a linear function of its features, and the
/// choice with the highest upper confidence bound is made. The inverse of the design matrix is kept, by the formula of Sherman and Morrison.
/// </summary>
/// <param name="Inverse">The inverse of the regularised design matrix, row by row.</param>
/// <param name="Rewards">The sum of features times reward.</param>
/// <param name="Observations">How many rewards it has learned from.</param>
public sealed record LinUcb(float[] Inverse, float[] Rewards, int Observations)
{
    /// <summary>One that knows nothing.</summary>
    public static LinUcb Empty(int features)
    {
        var inverse = new float[features * features];
        for (var i = 0; i < features; i++)
            inverse[i * features + i] = 1;
        return new LinUcb(inverse, new float[features], 0);
    }

    /// <summary>The upper confidence bound of a choice.</summary>
    /// <param name="exploration">How much what is unknown counts; 0 only exploits.</param>
    public float BoundOf(ReadOnlySpan<float> features, float exploration)
    {
        var projected = Project(features);
        float mean = 0, variance = 0;
        for (var i = 0; i < features.Length; i++)
        {
            mean += projected[i] * Rewards[i];
            variance += projected[i] * features[i];
        }
        return mean + exploration * MathF.Sqrt(MathF.Max(0, variance));
    }

    /// <summary>This one, after a choice had a reward.</summary>
    public LinUcb With(ReadOnlySpan<float> features, float reward)
    {
        var projected = Project(features);
        var scale = 1f;
        for (var i = 0; i < features.Length; i++)
            scale += projected[i] * features[i];
        var (inverse, rewards) = ((float[])Inverse.Clone(), (float[])Rewards.Clone());
        for (var i = 0; i < features.Length; i++)
        {
            rewards[i] += reward * features[i];
            for (var j = 0; j < features.Length; j++)
                inverse[i * features.Length + j] -= projected[i] * projected[j] / scale;
        }
        return new LinUcb(inverse, rewards, Observations + 1);
    }

    /// <summary>The inverse, which is symmetric, times the features.</summary>
    private float[] Project(ReadOnlySpan<float> features)
    {
        var projected = new float[features.Length];
        for (var i = 0; i < features.Length; i++)
        {
            for (var j = 0; j < features.Length; j++)
                projected[i] += Inverse[i * features.Length + j] * features[j];
        }
        return projected;
    }
}
