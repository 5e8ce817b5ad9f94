namespace Deepiri.Training.Networks;

/// <summary>An example: tokens or features, and a target per head.</summary>
internal sealed record Example(long[] Tokens, float[] Features, float[] Targets)
{
    /// <summary>Features as cyrex writes them.</summary>
    public static float[] FeaturesOf(int count, Action<float[]> write)
    {
        var features = new float[count];
        write(features);
        return features;
    }
}

/// <summary>How a network is trained.</summary>
/// <param name="TokenDropout">The share of a text's tokens that is left out, others each time, so that the network does not rely on single words.</param>
/// <param name="Smoothing">The share of a class that is spread over all classes, so that the network does not become too sure (Szegedy et al., 2016).</param>
internal sealed record Schedule(int Epochs, int BatchSize, float Rate, float Decay, float TokenDropout = 0, float Smoothing = 0);

/// <summary>A small network: features or the mean of a text's tokens, hidden layers, and heads.</summary>
internal sealed class Network
{
    private readonly DenseLayer[] _hidden;
    private readonly DenseLayer[] _outputs;
    private readonly float[][] _values;
    private readonly float[][] _gradients;
    private readonly float[][] _results;

    public Network(int inputs, EmbeddingBag? embedding, IReadOnlyList<int> hidden, IReadOnlyList<Head> heads, Random random)
    {
        (Inputs, Embedding, Heads) = (inputs, embedding, heads);
        int[] sizes = [embedding?.Dimensions ?? inputs, .. hidden];
        _hidden = [.. hidden.Select((size, i) => new DenseLayer(sizes[i], size, rectified: true, random))];
        _outputs = [.. heads.Select(h => new DenseLayer(sizes[^1], h.Size, rectified: false, random))];
        _values = [.. sizes.Select(s => new float[s])];
        _gradients = [.. sizes.Select(s => new float[s])];
        _results = [.. heads.Select(h => new float[h.Size])];
    }

    /// <summary>How many features it takes; 0 when it takes tokens.</summary>
    public int Inputs { get; }

    public EmbeddingBag? Embedding { get; }

    public IReadOnlyList<DenseLayer> Hidden => _hidden;

    public IReadOnlyList<DenseLayer> Outputs => _outputs;

    public IReadOnlyList<Head> Heads { get; }

    /// <summary>Trains on the examples, in an order that <paramref name="random"/> draws; tells the mean loss of each epoch.</summary>
    public void Train(IReadOnlyList<Example> examples, Schedule schedule, Random random, Action<int, double> tell)
    {
        var order = Enumerable.Range(0, examples.Count).ToArray();
        var parameters = (Parameters[])[.. _hidden.Concat(_outputs).SelectMany(l => (Parameters[])[l.Weights, l.Biases]), .. Embedding is null ? [] : (Parameters[])[Embedding.Vectors]];
        var steps = schedule.Epochs * ((examples.Count + schedule.BatchSize - 1) / schedule.BatchSize);
        var step = 0;
        for (var epoch = 1; epoch <= schedule.Epochs; epoch++)
        {
            random.Shuffle(order);
            var loss = 0.0;
            foreach (var batch in order.Chunk(schedule.BatchSize))
            {
                foreach (var i in batch)
                    loss += Learn(examples[i], batch.Length, schedule, random);
                // Linear decay to a tenth.
                var rate = schedule.Rate * (1 - 0.9f * step++ / steps);
                foreach (var p in parameters)
                    p.Step(rate, schedule.Decay);
            }
            tell(epoch, loss / examples.Count);
        }
    }

    private double Learn(Example example, int batchSize, Schedule schedule, Random random)
    {
        var tokens = schedule.TokenDropout > 0 ? Drop(example.Tokens, schedule.TokenDropout, random) : example.Tokens;
        Forward(tokens, example.Features);
        Array.Clear(_gradients[^1]);
        var loss = 0.0;
        for (var h = 0; h < Heads.Count; h++)
            loss += Heads[h].Weight * LearnHead(h, example.Targets[h], Heads[h].Weight / batchSize, schedule.Smoothing);
        for (var i = _hidden.Length - 1; i >= 0; i--)
        {
            Array.Clear(_gradients[i]);
            _hidden[i].Backward(_values[i], _values[i + 1], _gradients[i + 1], _gradients[i]);
        }
        Embedding?.Backward(tokens, _gradients[0]);
        return loss;
    }

    private void Forward(ReadOnlySpan<long> tokens, ReadOnlySpan<float> features)
    {
        if (Embedding is null)
            features.CopyTo(_values[0]);
        else
            Embedding.Forward(tokens, _values[0]);
        for (var i = 0; i < _hidden.Length; i++)
            _hidden[i].Forward(_values[i], _values[i + 1]);
        for (var h = 0; h < _outputs.Length; h++)
            _outputs[h].Forward(_values[^1], _results[h]);
    }

    /// <summary>The loss of one head; its gradient by the head's result is, for all three kinds, the prediction less the target.</summary>
    private double LearnHead(int head, float target, float scale, float smoothing)
    {
        var results = _results[head];
        Span<float> gradient = stackalloc float[results.Length];
        double loss;
        switch (Heads[head].Kind)
        {
            case HeadKind.Softmax:
                var highest = results.Max();
                var sum = results.Sum(r => Math.Exp(r - highest));
                for (var i = 0; i < results.Length; i++)
                    gradient[i] = (float)(Math.Exp(results[i] - highest) / sum) - (i == (int)target ? 1 - smoothing : 0) - smoothing / results.Length;
                loss = highest + Math.Log(sum) - results[(int)target];
                break;
            case HeadKind.Sigmoid:
                gradient[0] = (float)RandomExtensions.Sigmoid(results[0]) - target;
                loss = -Math.Log(Math.Max(1e-9, 1 - Math.Abs(gradient[0])));
                break;
            default:
                gradient[0] = results[0] - target;
                loss = gradient[0] * gradient[0] / 2;
                break;
        }
        for (var i = 0; i < gradient.Length; i++)
            gradient[i] *= scale;
        _outputs[head].Backward(_values[^1], results, gradient, _gradients[^1]);
        return loss;
    }

    private static long[] Drop(long[] tokens, float share, Random random)
    {
        var kept = Array.FindAll(tokens, _ => random.NextSingle() >= share);
        return kept.Length > 0 ? kept : tokens;
    }
}
