namespace Deepiri.Cyrex.Inference;

/// <summary>ONNX Runtime is not there, or refuses: the message says why.</summary>
internal sealed class OnnxRuntimeException(string message, Exception? inner = null) : Exception(message, inner);
