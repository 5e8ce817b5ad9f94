namespace Deepiri.Cyrex.Inference;

/// <summary>ONNX Runtime in this process. A library is loaded once and stays: it cannot be unloaded safely.</summary>
internal sealed class OnnxRuntime
{
    private static readonly Lock s_loading = new();
    private static readonly Dictionary<string, OnnxRuntime> s_loaded = new(StringComparer.Ordinal);

    private OnnxRuntime(OrtApi api) => (Api, Environment, CpuMemory) = (api, api.CreateEnvironment("cyrex"), api.CreateCpuMemory());

    /// <summary>Where the build puts the library.</summary>
    public static string DefaultPath { get; } = Path.Combine(AppContext.BaseDirectory, "libonnxruntime.so.1");

    /// <summary>For example <c>1.24.3</c>.</summary>
    public string Version => Api.LibraryVersion;

    internal OrtApi Api { get; }

    internal nint Environment { get; }

    internal nint CpuMemory { get; }

    /// <exception cref="OnnxRuntimeException">The library is missing or cannot be used.</exception>
    public static OnnxRuntime Load(string path)
    {
        lock (s_loading)
        {
            if (!s_loaded.TryGetValue(path, out var runtime))
                s_loaded[path] = runtime = new OnnxRuntime(OrtApi.Load(path));
            return runtime;
        }
    }
}
