using Microsoft.ML.OnnxRuntime;
using Deepiri.Cyrex.Models;
using Deepiri.Cyrex.TaskUnderstanding;
using Deepiri.Training.Networks;

namespace Deepiri.Training.Tasks;

/// <summary>Task understanding: free text to category, priority, minutes and difficulty.</summary>
internal sealed class TaskTraining : IModelTraining
{
    private const int Seed = 20261121;
    private const int TrainingSentences = 40_000;
    private const int HeldOutSentences = 4_000;

    public string Name => "task-understanding";

    public int Version => 1;

    public string Purpose => "Free text of a task to its category, priority, minutes and difficulty.";

    public string Architecture => "Words, pairs of words and parts of words hashed into 8,192 buckets, a mean of 32-dimensional vectors, one hidden layer of 48, four outputs.";

    public string Data => $"{TrainingSentences:N0} sentences drawn from the grammar in training/Tasks with seed {Seed}; held out: {HeldOutSentences:N0} drawn with another seed, and {ReadHandwritten().Count} written by hand (training/Tasks/handwritten.tsv) by the author of the grammar, which flatters the model.";

    public string Limits => "English only. Durations and dates in the text are read by rules, not by this model. A task of a kind that the grammar does not know is put where its words point.";

    public Network Train(Action<string> tell)
    {
        var random = new Random(Seed);
        var examples = TaskGrammar.Draw(TrainingSentences, Seed).Select(ExampleOf).ToList();
        var network = new Network(0, new EmbeddingBag(TextFeatures.Buckets, 32, random), [48],
        [
            new Head("category", HeadKind.Softmax, TaskLabels.Categories.Count),
            new Head("priority", HeadKind.Softmax, TaskLabels.Priorities.Count),
            new Head("difficulty", HeadKind.Softmax, TaskLabels.Difficulties.Count, 0.7f),
            new Head("minutes", HeadKind.Linear, 1, 0.5f),
        ], random);
        network.Train(examples, new Schedule(Epochs: 4, BatchSize: 64, Rate: 0.004f, Decay: 2e-4f, TokenDropout: 0.5f, Smoothing: 0.05f), random, (epoch, loss) => tell($"epoch {epoch}: loss {loss:0.000}"));
        return network;
    }

    public IReadOnlyList<Metric> Evaluate(InferenceSession session)
    {
        var model = new TaskModel(session);
        return [.. Measure("held_out", TaskGrammar.Draw(HeldOutSentences, Seed + 1), model, 0.97, 0.95, 0.9, 1.4, 0.08), .. Measure("handwritten", ReadHandwritten(), model, 0.75, 0.75, 0.6, 1.8, 0.15)];
    }

    private static IEnumerable<Metric> Measure(string set, IReadOnlyList<LabelledTask> tasks, TaskModel model, double category, double priority, double difficulty, double minutes, double calibration)
    {
        var pairs = tasks.Zip(model.RunAll(tasks.Select(t => t.Text))).ToList();
        yield return new Metric($"{set}_category_accuracy", Metrics.Accuracy(pairs.Select(p => TaskLabels.Categories[Best(p.Second.Categories)] == p.First.Category)), category, false);
        yield return new Metric($"{set}_category_macro_f1", Metrics.MacroF1([.. pairs.Select(p => (Labels.IndexOf(TaskLabels.Categories, p.First.Category), Best(p.Second.Categories)))]), Math.Round(category - 0.02, 2), false);
        yield return new Metric($"{set}_category_calibration_error", Metrics.CalibrationError([.. pairs.Select(p => ((double)p.Second.Categories.Max(), TaskLabels.Categories[Best(p.Second.Categories)] == p.First.Category))]), calibration, true);
        yield return new Metric($"{set}_priority_accuracy", Metrics.Accuracy(pairs.Select(p => TaskLabels.Priorities[Best(p.Second.Priorities)] == p.First.Priority)), priority, false);
        yield return new Metric($"{set}_difficulty_accuracy", Metrics.Accuracy(pairs.Select(p => TaskLabels.Difficulties[Best(p.Second.Difficulties)] == p.First.Difficulty)), difficulty, false);
        yield return new Metric($"{set}_minutes_median_factor", Metrics.MedianFactor(pairs.Select(p => (p.First.Minutes, (double)p.Second.Minutes))), minutes, true);
    }

    private static Example ExampleOf(LabelledTask task)
    {
        var tokens = new long[TextFeatures.LongestInTokens];
        var count = TextFeatures.Write(task.Text, tokens);
        return new Example(tokens[..count], [],
            [Labels.IndexOf(TaskLabels.Categories, task.Category), Labels.IndexOf(TaskLabels.Priorities, task.Priority), Labels.IndexOf(TaskLabels.Difficulties, task.Difficulty), (float)Math.Log(task.Minutes)]);
    }

    private static IReadOnlyList<LabelledTask> ReadHandwritten()
    {
        using var reader = new StreamReader(typeof(TaskTraining).Assembly.GetManifestResourceStream("handwritten.tsv")!);
        return
        [
            .. reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => l[0] != '#').Select(l => l.Split('\t'))
                .Select(f => new LabelledTask(f[4], f[0], f[1], double.Parse(f[2], System.Globalization.CultureInfo.InvariantCulture), f[3])),
        ];
    }

    private static int Best(float[] probabilities) => Array.IndexOf(probabilities, probabilities.Max());
}
