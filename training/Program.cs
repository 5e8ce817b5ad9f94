using Deepiri.Cyrex.Inference;
using Deepiri.Training;

const string Usage = """
    Trains Cyrex's models and writes them, with their cards, to services/cyrex/Models.

    Usage: dotnet run -c Release --project training -- [evaluate] [MODEL ...] [--to DIRECTORY]

      MODEL      task-understanding, challenge-selection, completion-time, churn; all by default
      evaluate   only measure what is there
      --to       another directory

    Ends with 1 when a model does not hold its floors; the model that was there then stays.
    """;

var words = args.ToList();
if (words.Contains("--help") || words.Contains("-h"))
{
    Console.WriteLine(Usage);
    return 0;
}
var directory = Path.GetFullPath("services/cyrex/Models");
if (words.IndexOf("--to") is var at and >= 0 && at + 1 < words.Count)
{
    directory = Path.GetFullPath(words[at + 1]);
    words.RemoveRange(at, 2);
}
var evaluateOnly = words.Remove("evaluate");
var wanted = Trainer.Models.Where(m => words.Count == 0 || words.Contains(m.Name)).ToList();
if (words.Except(Trainer.Models.Select(m => m.Name)).Any() || !Directory.Exists(directory))
{
    Console.Error.WriteLine(!Directory.Exists(directory) ? $"There is no directory {directory}; run this from the repository's root." : $"There is no model '{words.Except(Trainer.Models.Select(m => m.Name)).First()}'.\n\n{Usage}");
    return 2;
}
var trainer = new Trainer(directory, Console.WriteLine);
var failed = wanted.Count(m => !(evaluateOnly ? trainer.Evaluate(m) : trainer.Train(m)));
return failed == 0 ? 0 : 1;
