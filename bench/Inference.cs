using System.Diagnostics;
using System.Text.Json;
using Deepiri.Cyrex.Batching;
using Deepiri.Cyrex.Inference;
using Deepiri.Cyrex.Models;
using Deepiri.Cyrex.TaskUnderstanding;
using Deepiri.TestHost;

namespace Deepiri.Bench;

/// <summary>Cyrex's task model: one request beside onnxruntime-node, and 64 at once with and without batches.</summary>
internal static class Inference
{
    private const int Runs = 20_000;
    private const int Callers = 64;
    private const int Rounds = 5;
    private const string Text = "Finish the quarterly report for the client by Friday, it is important";

    public static async Task RunAsync(Report report)
    {
        using var session = OnnxModels.Load(ModelFile);
        var model = new TaskModel(session);
        report.Header("one request, warm", "p50 ms", "p99 ms");
        var ours = Alone(model);
        report.Row("Cyrex: text to features, run, results", Latencies.Text3(ours.P50), Latencies.Text3(ours.P99));
        var node = await NodeAsync();
        report.Row("onnxruntime-node: run only", Latencies.Text3(node.P50), Latencies.Text3(node.P99));

        report.Note($"{Callers} callers, each with one request at a time; the median of {Rounds} rounds, in which the ways take turns:\n");
        var (batched, oneByOne, byThemselves) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            oneByOne.Add(await AtOnceAsync(model, largest: 1));
            byThemselves.Add(await ByThemselvesAsync(model));
            batched.Add(await AtOnceAsync(model, largest: BatchLimits.Largest));
        }
        var (single, batch) = (new Latencies(oneByOne).P50, new Latencies(batched).P50);
        report.Header("way", "requests/s", "of one by one");
        report.Row("one run per request", single.ToString("0"), "1.00");
        report.Row("every caller runs the model itself, on all cores", new Latencies(byThemselves).P50.ToString("0"), (new Latencies(byThemselves).P50 / single).ToString("0.00"));
        report.Row($"batches of {BatchLimits.Largest} at most", batch.ToString("0"), (batch / single).ToString("0.00"));
    }

    private static string ModelFile => Repository.PathOf("services", "cyrex", "Models", "task-understanding.onnx");

    private static Latencies Alone(TaskModel model)
    {
        var (took, result) = (new double[Runs], new TaskScores[1]);
        for (var i = -Runs; i < Runs; i++)
        {
            var began = Stopwatch.GetTimestamp();
            model.Run([Text], result);
            if (i >= 0)
                took[i] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        }
        return new Latencies(took);
    }

    private static async Task<Latencies> NodeAsync()
    {
        var tokens = new long[TextFeatures.LongestInTokens];
        var count = TextFeatures.Write(Text, tokens);
        var output = await Shell.RunAsync("node", Repository.PathOf("bench", "js", "onnx.mjs"), ModelFile, string.Join(',', tokens[..count]), Runs.ToString());
        return new Latencies(JsonSerializer.Deserialize<double[]>(output)!);
    }

    private static async Task<double> ByThemselvesAsync(TaskModel model)
    {
        var (perSecond, _) = await Load.ClosedAsync(Callers, 100_000, i => Task.Run(() => model.Run([Text], new TaskScores[1])));
        return perSecond;
    }

    private static async Task<double> AtOnceAsync(TaskModel model, int largest)
    {
        var batcher = new Batcher<string, TaskScores>("bench", model, new BatchingOptions { Largest = largest }, TimeProvider.System);
        await Load.ClosedAsync(Callers, 5_000, i => batcher.RunAsync(Text, CancellationToken.None).AsTask());
        var (perSecond, _) = await Load.ClosedAsync(Callers, 100_000, i => batcher.RunAsync(Text, CancellationToken.None).AsTask());
        return perSecond;
    }
}
