using System.Runtime.InteropServices;
using System.Text;

namespace Deepiri.Cyrex.Inference;

/// <summary>
/// ONNX Runtime's C API (onnxruntime_c_api.h): a table of function pointers, which only ever grows at its end. The numbers are the
/// functions' places in it.
/// </summary>
internal sealed unsafe class OrtApi
{
    /// <summary>The oldest version of the API that has all that is used here.</summary>
    private const uint Version = 14;

    private readonly void** _functions;

    private OrtApi(void** functions, string version)
    {
        _functions = functions;
        LibraryVersion = version;
    }

    public string LibraryVersion { get; }

    /// <exception cref="OnnxRuntimeException">There is no library, or it is none of ONNX Runtime's, or too old.</exception>
    public static OrtApi Load(string path)
    {
        if (!File.Exists(path))
            throw new OnnxRuntimeException($"ONNX Runtime's library is missing at {path}. It comes with the npm package onnxruntime-node: install Node.js with npm and build again.");
        nint library;
        void* getBase;
        try
        {
            library = NativeLibrary.Load(path);
            getBase = (void*)NativeLibrary.GetExport(library, "OrtGetApiBase");
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException)
        {
            throw new OnnxRuntimeException($"{path} is not ONNX Runtime's library for this machine: {e.Message}", e);
        }
        var apiBase = (void**)((delegate* unmanaged<nint>)getBase)();
        var api = (void**)((delegate* unmanaged<uint, nint>)apiBase[0])(Version);
        var version = Marshal.PtrToStringUTF8((nint)((delegate* unmanaged<byte*>)apiBase[1])()) ?? "";
        return api is not null ? new OrtApi(api, version) : throw new OnnxRuntimeException($"ONNX Runtime {version} does not have version {Version} of its C API.");
    }

    public nint CreateEnvironment(string name)
    {
        const int Warning = 2;
        nint environment;
        fixed (byte* text = Utf8(name))
            Check(((delegate* unmanaged<int, byte*, nint*, nint>)_functions[3])(Warning, text, &environment));
        return environment;
    }

    public nint CreateSession(nint environment, string modelPath, nint options)
    {
        nint session;
        fixed (byte* path = Utf8(modelPath))
            Check(((delegate* unmanaged<nint, byte*, nint, nint*, nint>)_functions[7])(environment, path, options, &session));
        return session;
    }

    public void Run(nint session, byte** inputNames, nint* inputs, int inputCount, byte** outputNames, int outputCount, nint* outputs) =>
        Check(((delegate* unmanaged<nint, nint, byte**, nint*, nuint, byte**, nuint, nint*, nint>)_functions[9])(session, 0, inputNames, inputs, (nuint)inputCount, outputNames, (nuint)outputCount, outputs));

    public nint CreateSessionOptions()
    {
        nint options;
        Check(((delegate* unmanaged<nint*, nint>)_functions[10])(&options));
        return options;
    }

    public void SetGraphOptimization(nint options, int level) => Check(((delegate* unmanaged<nint, int, nint>)_functions[23])(options, level));

    public void SetIntraOpThreads(nint options, int count) => Check(((delegate* unmanaged<nint, int, nint>)_functions[24])(options, count));

    public int InputCount(nint session) => Count(30, session);

    public int OutputCount(nint session) => Count(31, session);

    public TensorInfo InputInfo(nint session, int index) => Info(33, 36, session, index);

    public TensorInfo OutputInfo(nint session, int index) => Info(34, 37, session, index);

    public nint CreateTensor(nint memory, ShapedTensor tensor)
    {
        nint value;
        var shape = stackalloc long[2] { tensor.Rows, tensor.Columns };
        var bytes = checked((nuint)(tensor.Rows * tensor.Columns * tensor.Buffer.ElementSize));
        Check(((delegate* unmanaged<nint, nint, nuint, long*, nuint, int, nint*, nint>)_functions[49])(memory, tensor.Buffer.Address, bytes, shape, 2, (int)tensor.Buffer.Type, &value));
        return value;
    }

    public nint CreateCpuMemory()
    {
        const int DeviceAllocator = 0;
        const int DefaultMemory = 0;
        nint memory;
        Check(((delegate* unmanaged<int, int, nint*, nint>)_functions[69])(DeviceAllocator, DefaultMemory, &memory));
        return memory;
    }

    public void ReleaseEnvironment(nint environment) => Release(92, environment);

    public void ReleaseMemory(nint memory) => Release(94, memory);

    public void ReleaseSession(nint session) => Release(95, session);

    public void ReleaseValue(nint value) => Release(96, value);

    public void ReleaseSessionOptions(nint options) => Release(100, options);

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text + '\0');

    private int Count(int function, nint session)
    {
        nuint count;
        Check(((delegate* unmanaged<nint, nuint*, nint>)_functions[function])(session, &count));
        return (int)count;
    }

    private TensorInfo Info(int typeFunction, int nameFunction, nint session, int index)
    {
        nint type, tensor, allocator;
        Check(((delegate* unmanaged<nint, nuint, nint*, nint>)_functions[typeFunction])(session, (nuint)index, &type));
        try
        {
            Check(((delegate* unmanaged<nint, nint*, nint>)_functions[55])(type, &tensor));
            if (tensor == 0)
                throw new OnnxRuntimeException("The model has an input or output that is no tensor.");
            int element;
            nuint rank;
            Check(((delegate* unmanaged<nint, int*, nint>)_functions[60])(tensor, &element));
            Check(((delegate* unmanaged<nint, nuint*, nint>)_functions[61])(tensor, &rank));
            var dimensions = new long[rank];
            fixed (long* first = dimensions)
                Check(((delegate* unmanaged<nint, long*, nuint, nint>)_functions[62])(tensor, first, rank));
            byte* name;
            Check(((delegate* unmanaged<nint*, nint>)_functions[78])(&allocator));
            Check(((delegate* unmanaged<nint, nuint, nint, byte**, nint>)_functions[nameFunction])(session, (nuint)index, allocator, &name));
            var info = new TensorInfo(Marshal.PtrToStringUTF8((nint)name)!, (ElementType)element, dimensions);
            Check(((delegate* unmanaged<nint, byte*, nint>)_functions[76])(allocator, name));
            return info;
        }
        finally
        {
            Release(98, type);
        }
    }

    private void Release(int function, nint handle) => ((delegate* unmanaged<nint, void>)_functions[function])(handle);

    private void Check(nint status)
    {
        if (status == 0)
            return;
        var message = Marshal.PtrToStringUTF8((nint)((delegate* unmanaged<nint, byte*>)_functions[2])(status));
        Release(93, status);
        throw new OnnxRuntimeException($"ONNX Runtime: {message}");
    }
}
