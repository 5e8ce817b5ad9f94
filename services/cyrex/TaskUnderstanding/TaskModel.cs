using Deepiri.Cyrex.Inference;
using Deepiri.Cyrex.Models;
using Microsoft.ML.OnnxRuntime;

namespace Deepiri.Cyrex.TaskUnderstanding;

/// <summary>What the task model makes of a text: a probability per label, and the minutes that it may take.</summary>
internal sealed record TaskScores(float[] Categories, float[] Priorities, float[] Difficulties, float Minutes);

/// <summary>The task model.</summary>
internal sealed class TaskModel : IBatchModel<string, TaskScores>
{
    private readonly InferenceSession _session;
    private readonly BufferPool<Buffers> _buffers = new(() => new Buffers());

    /// <exception cref="ModelException">The model was trained for another version of this service.</exception>
    public TaskModel(InferenceSession session)
    {
        int[] sizes = [TaskLabels.Categories.Count, TaskLabels.Priorities.Count, TaskLabels.Difficulties.Count, 1];
        if (!OnnxModels.Shapes(session.InputNames, session.InputMetadata).SequenceEqual([(typeof(long), -1)])
            || !OnnxModels.Shapes(session.OutputNames, session.OutputMetadata).SequenceEqual(sizes.Select(size => (typeof(float), size))))
            throw new ModelException("The model does not take tokens and tell category, priority, difficulty and minutes; train it again.");
        _session = session;
    }

    public void Run(ReadOnlySpan<string> requests, Span<TaskScores> results)
    {
        var buffers = _buffers.Rent();
        try
        {
            var length = buffers.Write(requests);
            var rows = requests.Length;
            _session.Run([OnnxModels.Tensor(buffers.Padded, rows, length)],
                [Tensor(buffers.Categories, rows), Tensor(buffers.Priorities, rows), Tensor(buffers.Difficulties, rows), Tensor(buffers.Minutes, rows)]);
            for (var i = 0; i < rows; i++)
                results[i] = new TaskScores(Row(buffers.Categories, i), Row(buffers.Priorities, i), Row(buffers.Difficulties, i), MathF.Exp(buffers.Minutes[i]));
        }
        finally
        {
            _buffers.Return(buffers);
        }
    }

    private static int SizeOf(float[] buffer) => buffer.Length / BatchLimits.Largest;

    private static float[] Row(float[] buffer, int row) => buffer.AsSpan(row * SizeOf(buffer), SizeOf(buffer)).ToArray();

    private static OrtValue Tensor(float[] buffer, int rows) => OnnxModels.Tensor(buffer, rows, SizeOf(buffer));

    private sealed class Buffers
    {
        private readonly long[] _tokens = new long[BatchLimits.Largest * TextFeatures.LongestInTokens];
        private readonly int[] _lengths = new int[BatchLimits.Largest];

        public long[] Padded { get; } = new long[BatchLimits.Largest * TextFeatures.LongestInTokens];

        public float[] Categories { get; } = new float[BatchLimits.Largest * TaskLabels.Categories.Count];

        public float[] Priorities { get; } = new float[BatchLimits.Largest * TaskLabels.Priorities.Count];

        public float[] Difficulties { get; } = new float[BatchLimits.Largest * TaskLabels.Difficulties.Count];

        public float[] Minutes { get; } = new float[BatchLimits.Largest];

        /// <summary>Writes the tokens of each text, padded to the length of the longest, which it gives.</summary>
        public int Write(ReadOnlySpan<string> texts)
        {
            var longest = 0;
            for (var i = 0; i < texts.Length; i++)
                longest = Math.Max(longest, _lengths[i] = TextFeatures.Write(texts[i], _tokens.AsSpan(i * TextFeatures.LongestInTokens, TextFeatures.LongestInTokens)));
            for (var i = 0; i < texts.Length; i++)
            {
                var row = Padded.AsSpan(i * longest, longest);
                _tokens.AsSpan(i * TextFeatures.LongestInTokens, _lengths[i]).CopyTo(row);
                row[_lengths[i]..].Clear();
            }
            return longest;
        }
    }
}
