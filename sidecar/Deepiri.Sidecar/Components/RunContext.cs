using System.Collections.Concurrent;
using Deepiri.Sidecar.PubSub;
using Deepiri.Sidecar.Sqlite;
using Microsoft.Extensions.Logging;

namespace Deepiri.Sidecar.Components;

/// <summary>What the sidecars of one run share: the clock, the logs, open databases and in-memory brokers.</summary>
internal sealed class RunContext(TimeProvider time, ILoggerFactory loggers, string dataDirectory) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, InMemoryBroker> _brokers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TopicSignals> _signals = new(StringComparer.Ordinal);

    public TimeProvider Time { get; } = time;

    public ILoggerFactory Loggers { get; } = loggers;

    /// <summary>Relative paths in component metadata are relative to this.</summary>
    public string DataDirectory { get; } = Path.GetFullPath(dataDirectory);

    public SqliteDatabases Databases { get; } = new();

    /// <summary>The broker of an in-memory pub/sub component; all apps of the run meet there.</summary>
    public InMemoryBroker Broker(string componentName) => _brokers.GetOrAdd(componentName, _ => new InMemoryBroker());

    /// <summary>Wakes the consumers of a pub/sub component, in whichever app they are.</summary>
    public TopicSignals Signals(string componentName) => _signals.GetOrAdd(componentName, _ => new TopicSignals());

    public ValueTask DisposeAsync() => Databases.DisposeAsync();
}
