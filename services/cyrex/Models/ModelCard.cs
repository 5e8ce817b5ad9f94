namespace Deepiri.Cyrex.Models;

/// <summary>What is to be known of a model; written by the trainer beside the model's file, and shown by <c>GET /models</c>.</summary>
/// <param name="Name">The model, and its file's name.</param>
/// <param name="Version">Counted by hand; it changes with the model's inputs or outputs.</param>
/// <param name="Purpose">What it is for.</param>
/// <param name="Architecture">How it is built.</param>
/// <param name="Data">What it was trained and tested on.</param>
/// <param name="Limits">What it cannot do.</param>
/// <param name="Parameters">How many numbers were learned.</param>
/// <param name="Sha256">Of the model's file.</param>
/// <param name="Metrics">How well it does, on examples that it was not trained on.</param>
internal sealed record ModelCard(string Name, int Version, string Purpose, string Architecture, string Data, string Limits, int Parameters, string Sha256, IReadOnlyList<Metric> Metrics);

/// <summary>A measure of a model.</summary>
/// <param name="Floor">What it must at least be (or at most, where lower is better) for the model to be released; null for a measure to compare with.</param>
internal sealed record Metric(string Name, double Value, double? Floor, bool LowerIsBetter)
{
    public bool Holds => Floor is not { } floor || (LowerIsBetter ? Value <= floor : Value >= floor);
}
