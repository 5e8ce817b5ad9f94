using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;

namespace Deepiri.Cyrex.Inference;

/// <summary>A model cannot be used: the message says why.</summary>
internal sealed class ModelException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Loads and runs models with ONNX Runtime.</summary>
internal static class OnnxModels
{
    private static readonly RunOptions s_run = new();

    /// <summary>ONNX Runtime's version, for example <c>1.31.1</c>.</summary>
    /// <exception cref="ModelException">ONNX Runtime has no library for this machine.</exception>
    public static string RuntimeVersion() => Try("ONNX Runtime", () => OrtEnv.Instance().GetVersionString());

    /// <summary>Loads a model, which ONNX Runtime checks against the operators' definitions. Several threads may run it at once.</summary>
    /// <remarks>Small models are fastest on the caller's own thread, so a run takes no others.</remarks>
    /// <exception cref="ModelException">The file is missing or is not a valid model, or ONNX Runtime has no library for this machine.</exception>
    public static InferenceSession Load(string path)
    {
        if (!File.Exists(path))
            throw new ModelException($"There is no model at {path}.");
        return Try(path, () =>
        {
            using var options = new Microsoft.ML.OnnxRuntime.SessionOptions { GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL, IntraOpNumThreads = 1 };
            return new InferenceSession(path, options);
        });
    }

    /// <summary>Runs a model on tensors in the order in which it names them: reads the inputs where they are, and writes the outputs where they shall be.</summary>
    public static void Run(this InferenceSession session, IReadOnlyCollection<OrtValue> inputs, IReadOnlyCollection<OrtValue> outputs)
    {
        try
        {
            session.Run(s_run, session.InputNames, inputs, session.OutputNames, outputs);
        }
        finally
        {
            foreach (var tensor in inputs.Concat(outputs))
                tensor.Dispose();
        }
    }

    /// <summary>The beginning of a buffer as a tensor of a batch.</summary>
    public static OrtValue Tensor<T>(T[] buffer, int rows, int columns) where T : unmanaged =>
        OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, buffer.AsMemory(0, rows * columns), [rows, columns]);

    /// <summary>What the model takes or gives, in order: its type, and how many numbers for each row of a batch; -1 where that is free.</summary>
    public static IEnumerable<(Type Type, int Columns)> Shapes(IReadOnlyList<string> names, IReadOnlyDictionary<string, NodeMetadata> metadata) =>
        names.Select(name => metadata[name] is { IsTensor: true, Dimensions: [_, var columns] } tensor ? (tensor.ElementType, columns) : (typeof(void), 0));

    private static T Try<T>(string what, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (OnnxRuntimeException e)
        {
            throw new ModelException($"ONNX Runtime refuses {what}: {e.Message}", e);
        }
        catch (Exception e) when (e is TypeInitializationException or DllNotFoundException or EntryPointNotFoundException or BadImageFormatException)
        {
            throw new ModelException($"ONNX Runtime has no library that works on this machine ({RuntimeInformation.RuntimeIdentifier}): {(e.InnerException ?? e).Message}", e);
        }
    }
}
