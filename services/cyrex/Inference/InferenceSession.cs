namespace Deepiri.Cyrex.Inference;

/// <summary>A loaded model. Several threads may run it at once, each with buffers of its own.</summary>
internal sealed unsafe class InferenceSession : IDisposable
{
    private const int AllOptimizations = 99;
    private const int MostTensors = 8;

    private readonly OnnxRuntime _runtime;
    private readonly ReaderWriterLockSlim _alive = new();
    private readonly byte[][] _inputNames;
    private readonly byte[][] _outputNames;
    private nint _session;

    private InferenceSession(OnnxRuntime runtime, nint session)
    {
        (_runtime, _session) = (runtime, session);
        var api = runtime.Api;
        Inputs = [.. Enumerable.Range(0, api.InputCount(session)).Select(i => api.InputInfo(session, i))];
        Outputs = [.. Enumerable.Range(0, api.OutputCount(session)).Select(i => api.OutputInfo(session, i))];
        _inputNames = [.. Inputs.Select(i => Pinned(i.Name))];
        _outputNames = [.. Outputs.Select(o => Pinned(o.Name))];
    }

    /// <summary>What the model takes, in the order that <see cref="Run"/> wants it.</summary>
    public IReadOnlyList<TensorInfo> Inputs { get; }

    /// <summary>What the model gives, in the same order.</summary>
    public IReadOnlyList<TensorInfo> Outputs { get; }

    /// <summary>Loads a model, which ONNX Runtime checks against the operators' definitions.</summary>
    /// <param name="threads">How many threads one run may use; small models are fastest on the caller's own.</param>
    /// <exception cref="OnnxRuntimeException">The file is missing or is not a valid model.</exception>
    public static InferenceSession Load(OnnxRuntime runtime, string path, int threads = 1)
    {
        if (!File.Exists(path))
            throw new OnnxRuntimeException($"There is no model at {path}.");
        var options = runtime.Api.CreateSessionOptions();
        try
        {
            runtime.Api.SetGraphOptimization(options, AllOptimizations);
            runtime.Api.SetIntraOpThreads(options, threads);
            return new InferenceSession(runtime, runtime.Api.CreateSession(runtime.Environment, path, options));
        }
        finally
        {
            runtime.Api.ReleaseSessionOptions(options);
        }
    }

    /// <summary>Runs the model: reads the inputs where they are, and writes the outputs where they shall be.</summary>
    /// <exception cref="OnnxRuntimeException">A shape or type does not fit the model.</exception>
    public void Run(ReadOnlySpan<ShapedTensor> inputs, ReadOnlySpan<ShapedTensor> outputs)
    {
        if (inputs.Length != Inputs.Count || outputs.Length != Outputs.Count)
            throw new OnnxRuntimeException($"The model takes {Inputs.Count} and gives {Outputs.Count} tensors, not {inputs.Length} and {outputs.Length}.");
        var names = stackalloc byte*[MostTensors * 2];
        var values = stackalloc nint[MostTensors * 2];
        _alive.EnterReadLock();
        try
        {
            ObjectDisposedException.ThrowIf(_session == 0, this);
            Prepare(inputs, _inputNames, names, values);
            Prepare(outputs, _outputNames, names + inputs.Length, values + inputs.Length);
            _runtime.Api.Run(_session, names, values, inputs.Length, names + inputs.Length, outputs.Length, values + inputs.Length);
        }
        finally
        {
            for (var i = 0; i < inputs.Length + outputs.Length; i++)
            {
                if (values[i] != 0)
                    _runtime.Api.ReleaseValue(values[i]);
            }
            _alive.ExitReadLock();
        }
    }

    /// <summary>Waits for what runs, and frees the model.</summary>
    public void Dispose()
    {
        _alive.EnterWriteLock();
        var session = _session;
        _session = 0;
        _alive.ExitWriteLock();
        if (session != 0)
            _runtime.Api.ReleaseSession(session);
    }

    private void Prepare(ReadOnlySpan<ShapedTensor> tensors, byte[][] itsNames, byte** names, nint* values)
    {
        for (var i = 0; i < tensors.Length; i++)
        {
            if (tensors[i].Rows * tensors[i].Columns > tensors[i].Buffer.Capacity)
                throw new OnnxRuntimeException($"A tensor of {tensors[i].Rows} x {tensors[i].Columns} does not fit its buffer of {tensors[i].Buffer.Capacity}.");
            names[i] = (byte*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(itsNames[i], 0);
            values[i] = _runtime.Api.CreateTensor(_runtime.CpuMemory, tensors[i]);
        }
    }

    private static byte[] Pinned(string name)
    {
        var text = OrtApi.Utf8(name);
        var pinned = GC.AllocateArray<byte>(text.Length, pinned: true);
        text.CopyTo(pinned, 0);
        return pinned;
    }
}
