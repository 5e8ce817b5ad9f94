using Deepiri.Cyrex.Inference;
using Deepiri.Cyrex.Models;

namespace Deepiri.Cyrex.TaskUnderstanding;

/// <summary>What the task model makes of a text: a probability per label, and the minutes that it may take.</summary>
internal sealed record TaskScores(float[] Categories, float[] Priorities, float[] Difficulties, float Minutes);

/// <summary>The task model.</summary>
internal sealed class TaskModel : IBatchModel<string, TaskScores>
{
    private readonly InferenceSession _session;
    private readonly BufferPool<Buffers> _buffers = new(() => new Buffers());

    /// <exception cref="OnnxRuntimeException">The model was trained for another version of this service.</exception>
    public TaskModel(InferenceSession session)
    {
        long[] sizes = [TaskLabels.Categories.Count, TaskLabels.Priorities.Count, TaskLabels.Difficulties.Count, 1];
        if (session.Inputs is not [{ Type: ElementType.Int64 }] || !session.Outputs.Select(o => o.Dimensions[1]).SequenceEqual(sizes))
            throw new OnnxRuntimeException("The model does not take tokens and tell category, priority, difficulty and minutes; train it again.");
        _session = session;
    }

    public void Run(ReadOnlySpan<string> requests, Span<TaskScores> results)
    {
        var buffers = _buffers.Rent();
        try
        {
            var length = buffers.Write(requests);
            var rows = requests.Length;
            _session.Run([new ShapedTensor(buffers.Padded, rows, length)],
                [buffers.Of(buffers.Categories, rows), buffers.Of(buffers.Priorities, rows), buffers.Of(buffers.Difficulties, rows), buffers.Of(buffers.Minutes, rows)]);
            for (var i = 0; i < rows; i++)
                results[i] = new TaskScores(Row(buffers.Categories, i), Row(buffers.Priorities, i), Row(buffers.Difficulties, i), MathF.Exp(buffers.Minutes.Span[i]));
        }
        finally
        {
            _buffers.Return(buffers);
        }
    }

    private static float[] Row(TensorBuffer<float> buffer, int row)
    {
        var size = buffer.Span.Length / BatchLimits.Largest;
        return buffer.Span.Slice(row * size, size).ToArray();
    }

    private sealed class Buffers
    {
        private readonly long[] _tokens = new long[BatchLimits.Largest * TextFeatures.LongestInTokens];
        private readonly int[] _lengths = new int[BatchLimits.Largest];

        public TensorBuffer<long> Padded { get; } = new(ElementType.Int64, BatchLimits.Largest * TextFeatures.LongestInTokens);

        public TensorBuffer<float> Categories { get; } = new(ElementType.Float, BatchLimits.Largest * TaskLabels.Categories.Count);

        public TensorBuffer<float> Priorities { get; } = new(ElementType.Float, BatchLimits.Largest * TaskLabels.Priorities.Count);

        public TensorBuffer<float> Difficulties { get; } = new(ElementType.Float, BatchLimits.Largest * TaskLabels.Difficulties.Count);

        public TensorBuffer<float> Minutes { get; } = new(ElementType.Float, BatchLimits.Largest);

        /// <summary>Writes the tokens of each text, padded to the length of the longest, which it gives.</summary>
        public int Write(ReadOnlySpan<string> texts)
        {
            var longest = 0;
            for (var i = 0; i < texts.Length; i++)
                longest = Math.Max(longest, _lengths[i] = TextFeatures.Write(texts[i], _tokens.AsSpan(i * TextFeatures.LongestInTokens, TextFeatures.LongestInTokens)));
            for (var i = 0; i < texts.Length; i++)
            {
                var row = Padded.Span.Slice(i * longest, longest);
                _tokens.AsSpan(i * TextFeatures.LongestInTokens, _lengths[i]).CopyTo(row);
                row[_lengths[i]..].Clear();
            }
            return longest;
        }

        public ShapedTensor Of(TensorBuffer<float> buffer, int rows) => new(buffer, rows, buffer.Span.Length / BatchLimits.Largest);
    }
}
