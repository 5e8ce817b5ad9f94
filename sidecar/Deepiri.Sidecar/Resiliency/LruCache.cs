namespace Deepiri.Sidecar.Resiliency;

/// <summary>Keeps the most recently used values, at most as many as it is told.</summary>
internal sealed class LruCache<TKey, TValue>(int capacity) where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, LinkedListNode<(TKey Key, TValue Value)>> _nodes = [];
    private readonly LinkedList<(TKey Key, TValue Value)> _byUse = new();

    public TValue GetOrAdd(TKey key, Func<TValue> make)
    {
        lock (_lock)
        {
            if (_nodes.TryGetValue(key, out var node))
                _byUse.Remove(node);
            else
                _nodes[key] = node = new((key, make()));
            _byUse.AddFirst(node);
            if (_nodes.Count > capacity)
            {
                _nodes.Remove(_byUse.Last!.Value.Key);
                _byUse.RemoveLast();
            }
            return node.Value.Value;
        }
    }
}
