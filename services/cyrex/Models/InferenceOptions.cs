namespace Deepiri.Cyrex.Models;

/// <summary>Options under <c>Inference</c>.</summary>
internal sealed class InferenceOptions
{
    /// <summary>The directory of the models and their cards; <c>Models</c> beside this program.</summary>
    public string Directory { get; set; } = Path.Combine(AppContext.BaseDirectory, "Models");
}
