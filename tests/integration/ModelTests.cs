using System.Text.Json;
using Deepiri.Cyrex.Inference;
using Deepiri.Cyrex.Models;
using Deepiri.Cyrex.TaskUnderstanding;
using Deepiri.Training;
using Microsoft.ML.OnnxRuntime;

namespace Deepiri.IntegrationTests;

/// <summary>The models that are released, run by ONNX Runtime as they are served.</summary>
public sealed class ModelTests
{
    public static IEnumerable<object[]> Names() => Trainer.Models.Select(m => (object[])[m.Name]);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_released_model_holds_its_floors_and_is_as_good_as_its_card_says(string name)
    {
        using var session = Load(name);
        var card = JsonSerializer.Deserialize<ModelCard>(File.ReadAllText(Repository.PathOf("services", "cyrex", "Models", name + ".json")), JsonSerializerOptions.Web)!;
        var measured = Trainer.Models.Single(m => m.Name == name).Evaluate(session);
        Assert.All(measured, m => Assert.True(m.Holds, $"{m.Name} is {m.Value}, and must be {(m.LowerIsBetter ? "at most" : "at least")} {m.Floor}"));
        Assert.Equal(card.Metrics.Select(m => m.Name), measured.Select(m => m.Name));
        Assert.All(card.Metrics.Zip(measured), m => Assert.Equal(m.First.Value, m.Second.Value, 0.005));
    }

    [Fact]
    public void A_batch_gives_what_single_runs_give_whatever_the_lengths()
    {
        using var session = Load("task-understanding");
        var model = new TaskModel(session);
        string[] texts = ["", "x", "Pay the rent, urgent!", string.Join(' ', Enumerable.Repeat("finish the quarterly report", 200)), "\0\u0001", "日本語のタスク", "\uFFFE\uD800 x", new string('a', 1999) + "🙂", new string('a', 100_000)];
        var together = new TaskScores[texts.Length];
        model.Run(texts, together);
        for (var i = 0; i < texts.Length; i++)
        {
            var alone = new TaskScores[1];
            model.Run([texts[i]], alone);
            Assert.Equal(alone[0].Categories.Select(p => Math.Round(p, 4)), together[i].Categories.Select(p => Math.Round(p, 4)));
            Assert.Equal(1, together[i].Categories.Sum(), 0.001);
            Assert.True(float.IsFinite(together[i].Minutes));
        }
    }

    [Fact]
    public async Task Many_threads_may_run_one_session()
    {
        using var session = Load("task-understanding");
        var model = new TaskModel(session);
        var expected = new TaskScores[1];
        model.Run(["Pay the rent"], expected);
        await Parallel.ForEachAsync(Enumerable.Range(0, 2_000), new ParallelOptions { MaxDegreeOfParallelism = 8 }, (_, _) =>
        {
            var results = new TaskScores[1];
            model.Run(["Pay the rent"], results);
            Assert.Equal(expected[0].Minutes, results[0].Minutes);
            return ValueTask.CompletedTask;
        });
    }

    [Fact]
    public void What_is_no_model_is_refused_in_words()
    {
        using var directory = new TemporaryDirectory();
        directory.Write("rubbish.onnx", "this is not a model");
        Assert.Contains("ONNX Runtime refuses", Assert.Throws<ModelException>(() => OnnxModels.Load(Path.Combine(directory.Path, "rubbish.onnx"))).Message);
        Assert.Contains("no model", Assert.Throws<ModelException>(() => OnnxModels.Load(Path.Combine(directory.Path, "missing.onnx"))).Message);
        Assert.Contains("does not take 3 features", Assert.Throws<ModelException>(() => new FeatureModel<int>(Load("task-understanding"), 3, (_, _) => { })).Message);
    }

    private static InferenceSession Load(string name) => OnnxModels.Load(Repository.PathOf("services", "cyrex", "Models", name + ".onnx"));
}
