using System.Collections.Concurrent;

namespace Deepiri.Sidecar.PubSub;

/// <summary>Wakes the consumers of a topic when something was published, in whichever app.</summary>
internal sealed class TopicSignals
{
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<SemaphoreSlim, byte>> _topics = new(StringComparer.Ordinal);

    public SemaphoreSlim Subscribe(string topic)
    {
        var signal = new SemaphoreSlim(0, 1);
        _topics.GetOrAdd(topic, _ => new())[signal] = 0;
        return signal;
    }

    public void Unsubscribe(string topic, SemaphoreSlim signal)
    {
        if (_topics.TryGetValue(topic, out var signals))
            signals.TryRemove(signal, out _);
    }

    public void Raise(string topic)
    {
        if (!_topics.TryGetValue(topic, out var signals))
            return;
        foreach (var signal in signals.Keys)
            Set(signal);
    }

    /// <summary>One pending wake-up says as much as many.</summary>
    public static void Set(SemaphoreSlim signal)
    {
        lock (signal)
        {
            if (signal.CurrentCount == 0)
                signal.Release();
        }
    }
}
