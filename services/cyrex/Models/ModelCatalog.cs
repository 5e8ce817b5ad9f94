using System.Security.Cryptography;
using System.Text.Json;
using Deepiri.ChallengeGrammar;
using Deepiri.Cyrex.Batching;
using Deepiri.Cyrex.Challenges;
using Deepiri.Cyrex.Inference;
using Deepiri.Cyrex.Predictions;
using Deepiri.Cyrex.TaskUnderstanding;
using Microsoft.Extensions.Options;
using Microsoft.ML.OnnxRuntime;

namespace Deepiri.Cyrex.Models;

/// <summary>A model and whether it is in use.</summary>
/// <param name="Fault">Why it is not; rules answer in its place.</param>
internal sealed record ModelStatus(string Name, bool Loaded, string? Fault, ModelCard? Card);

/// <summary>A learner and a challenge, of which the selection model tells the probability of success.</summary>
internal sealed record SelectionQuery(LearnerHistory Learner, string Topic, Difficulty Difficulty);

/// <summary>
/// The models. They are loaded and run once before this program takes requests; one that cannot be loaded is null here, and whoever needs it
/// goes by rules. They stay until the process ends: a run that is under way then must not lose its model.
/// </summary>
internal sealed partial class ModelCatalog(IOptions<InferenceOptions> options, IOptions<BatchingOptions> batching, TimeProvider time, ILogger<ModelCatalog> log) : IHostedService
{
    private readonly List<ModelStatus> _statuses = [];

    public Batcher<string, TaskScores>? Tasks { get; private set; }

    public Batcher<SelectionQuery, float>? Selection { get; private set; }

    public Batcher<TaskToTime, float>? CompletionTime { get; private set; }

    public Batcher<ActivityToJudge, float>? Churn { get; private set; }

    /// <summary>ONNX Runtime's version; null when it is not there.</summary>
    public string? RuntimeVersion { get; private set; }

    public IReadOnlyList<ModelStatus> Statuses => _statuses;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        Tasks = Load("task-understanding", session => new TaskModel(session), "Finish the report by Friday");
        Selection = Load("challenge-selection", session => new FeatureModel<SelectionQuery>(session, SelectionFeatures.Count, (q, into) => SelectionFeatures.Write(q.Learner, q.Topic, q.Difficulty, into)),
            new SelectionQuery(LearnerHistory.Of(1), Grammar.Topics[0], Difficulty.Easy));
        CompletionTime = Load("completion-time", session => new FeatureModel<TaskToTime>(session, PredictionFeatures.TimeCount, PredictionFeatures.Write), new TaskToTime(30, TaskLabels.Categories[0], TaskLabels.Priorities[0], 0, 1, 0, 12));
        Churn = Load("churn", session => new FeatureModel<ActivityToJudge>(session, PredictionFeatures.ChurnCount, PredictionFeatures.Write), new ActivityToJudge(30, 1, 3, 12, 5, 20, 2, 0));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private Batcher<TRequest, TResult>? Load<TRequest, TResult>(string name, Func<InferenceSession, IBatchModel<TRequest, TResult>> make, TRequest example)
    {
        ModelCard? card = null;
        try
        {
            var file = Path.Combine(options.Value.Directory, name + ".onnx");
            card = ReadCard(file);
            RuntimeVersion ??= OnnxModels.RuntimeVersion();
            var model = make(OnnxModels.Load(file));
            WarmUp(model, example);
            _statuses.Add(new ModelStatus(name, true, null, card));
            return new Batcher<TRequest, TResult>(name, model, batching.Value, time);
        }
        catch (ModelException e)
        {
            NotLoaded(log, name, e.Message);
            _statuses.Add(new ModelStatus(name, false, e.Message, card));
            return null;
        }
    }

    /// <summary>The first run of each size is slow: memory is planned, and the code around it compiled.</summary>
    private static void WarmUp<TRequest, TResult>(IBatchModel<TRequest, TResult> model, TRequest example)
    {
        for (var size = 1; size <= BatchLimits.Largest; size++)
            model.Run([.. Enumerable.Repeat(example, size)], new TResult[size]);
    }

    /// <summary>A card that does not belong to its model would say what is not true.</summary>
    private static ModelCard ReadCard(string modelFile)
    {
        var file = Path.ChangeExtension(modelFile, ".json");
        try
        {
            var card = JsonSerializer.Deserialize<ModelCard>(File.ReadAllText(file), JsonSerializerOptions.Web) ?? throw new JsonException("It is empty.");
            var hash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(modelFile)));
            return hash == card.Sha256 ? card : throw new ModelException($"{modelFile} is not the model that {file} describes; train it again.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new ModelException($"{modelFile} or its card cannot be read: {e.Message}", e);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The model {Name} is not in use, rules answer instead: {Fault}")]
    private static partial void NotLoaded(ILogger log, string name, string fault);
}
