using System.Collections.Concurrent;

namespace Deepiri.Cyrex.Models;

/// <summary>Buffers that are used again and again; as many as there are ever runs at once.</summary>
internal sealed class BufferPool<T>(Func<T> make)
{
    private readonly ConcurrentBag<T> _idle = [];

    public T Rent() => _idle.TryTake(out var buffer) ? buffer : make();

    public void Return(T buffer) => _idle.Add(buffer);
}
