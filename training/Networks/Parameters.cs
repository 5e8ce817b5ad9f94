namespace Deepiri.Training.Networks;

/// <summary>Numbers that are learned, by Adam (Kingma and Ba, 2015, https://arxiv.org/abs/1412.6980) with decoupled weight decay.</summary>
internal sealed class Parameters(int count)
{
    private const float Beta1 = 0.9f;
    private const float Beta2 = 0.999f;
    private const float Epsilon = 1e-8f;

    private readonly float[] _mean = new float[count];
    private readonly float[] _square = new float[count];
    private int _steps;

    public float[] Values { get; } = new float[count];

    public float[] Gradients { get; } = new float[count];

    public static Parameters Normal(int count, double deviation, Random random)
    {
        var parameters = new Parameters(count);
        for (var i = 0; i < count; i++)
            parameters.Values[i] = (float)(random.NextNormal() * deviation);
        return parameters;
    }

    /// <summary>Moves against the gradients of a batch, and forgets them.</summary>
    public void Step(float rate, float decay)
    {
        _steps++;
        var (scale1, scale2) = (1 - MathF.Pow(Beta1, _steps), 1 - MathF.Pow(Beta2, _steps));
        for (var i = 0; i < Values.Length; i++)
        {
            var gradient = Gradients[i];
            _mean[i] = Beta1 * _mean[i] + (1 - Beta1) * gradient;
            _square[i] = Beta2 * _square[i] + (1 - Beta2) * gradient * gradient;
            Values[i] -= rate * (_mean[i] / scale1 / (MathF.Sqrt(_square[i] / scale2) + Epsilon) + decay * Values[i]);
        }
        Array.Clear(Gradients);
    }
}

internal static class RandomExtensions
{
    /// <summary>From the standard normal distribution (Box and Muller).</summary>
    public static double NextNormal(this Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(Math.Tau * random.NextDouble());

    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));
}
