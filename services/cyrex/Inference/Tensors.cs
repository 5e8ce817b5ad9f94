using System.Runtime.CompilerServices;

namespace Deepiri.Cyrex.Inference;

/// <summary>Element types, numbered as ONNX's TensorProto.DataType.</summary>
internal enum ElementType
{
    Float = 1,
    Int64 = 7,
}

/// <summary>An input or output of a model.</summary>
/// <param name="Dimensions">-1 where the size is free, as that of the batch is.</param>
internal sealed record TensorInfo(string Name, ElementType Type, IReadOnlyList<long> Dimensions);

/// <summary>Memory of a tensor that stays where it is, so that the native library reads and writes it in place. To be used again, from a pool.</summary>
internal abstract class TensorBuffer(ElementType type, int elementSize)
{
    public ElementType Type => type;

    internal int ElementSize => elementSize;

    internal abstract nint Address { get; }

    internal abstract int Capacity { get; }
}

/// <inheritdoc cref="TensorBuffer"/>
internal sealed unsafe class TensorBuffer<T>(ElementType type, int capacity) : TensorBuffer(type, sizeof(T)) where T : unmanaged
{
    private readonly T[] _items = GC.AllocateArray<T>(capacity, pinned: true);

    public Span<T> Span => _items;

    internal override nint Address => (nint)Unsafe.AsPointer(ref _items[0]);

    internal override int Capacity => _items.Length;
}

/// <summary>A buffer as one run uses it: with the shape that it has this time.</summary>
internal readonly record struct ShapedTensor(TensorBuffer Buffer, long Rows, long Columns);
