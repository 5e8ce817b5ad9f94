namespace Deepiri.Cyrex.Models;

/// <summary>Where the models and the library are that runs them.</summary>
internal sealed class InferenceOptions
{
    /// <summary>ONNX Runtime's library; beside this program.</summary>
    public string Library { get; set; } = Inference.OnnxRuntime.DefaultPath;

    /// <summary>The directory of the models and their cards; <c>Models</c> beside this program.</summary>
    public string Directory { get; set; } = Path.Combine(AppContext.BaseDirectory, "Models");
}
