using System.Collections.Concurrent;
using Deepiri.Sidecar.PubSub;
using Deepiri.Sidecar.Scheduling;
using Deepiri.Sidecar.Sqlite;
using Deepiri.Sidecar.Workflows;
using Microsoft.Extensions.Logging;

namespace Deepiri.Sidecar.Components;

/// <summary>What the sidecars of one run share: the clock, the logs, open databases, in-memory brokers and the scheduler.</summary>
internal sealed class RunContext : IAsyncDisposable
{
    private readonly Lazy<Task<JobScheduler>> _scheduler;
    private readonly Lazy<Task<WorkflowIndex>> _workflows;
    private readonly ConcurrentDictionary<string, InMemoryBroker> _brokers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TopicSignals> _signals = new(StringComparer.Ordinal);

    private readonly IReadOnlyDictionary<string, string> _environment;

    public RunContext(TimeProvider time, ILoggerFactory loggers, string dataDirectory, IReadOnlyDictionary<string, string> environment)
    {
        (Time, Loggers, DataDirectory, _environment) = (time, loggers, Path.GetFullPath(dataDirectory), environment);
        _scheduler = new Lazy<Task<JobScheduler>>(OpenSchedulerAsync);
        _workflows = new Lazy<Task<WorkflowIndex>>(OpenWorkflowIndexAsync);
    }

    public TimeProvider Time { get; }

    public ILoggerFactory Loggers { get; }

    /// <summary>Relative paths in component metadata are relative to this.</summary>
    public string DataDirectory { get; }

    /// <summary>An environment variable that component metadata refers to; empty when it is not set, as with daprd.</summary>
    public string Variable(string name) => _environment.GetValueOrDefault(name) ?? Environment.GetEnvironmentVariable(name) ?? "";

    public SqliteDatabases Databases { get; } = new();

    /// <summary>The broker of an in-memory pub/sub component; all apps of the run meet there.</summary>
    public InMemoryBroker Broker(string componentName) => _brokers.GetOrAdd(componentName, _ => new InMemoryBroker());

    /// <summary>Wakes the consumers of a pub/sub component, in whichever app they are.</summary>
    public TopicSignals Signals(string componentName) => _signals.GetOrAdd(componentName, _ => new TopicSignals());

    /// <summary>The run's scheduler; its file is opened when the first app needs it.</summary>
    public Task<JobScheduler> SchedulerAsync() => _scheduler.Value;

    public async ValueTask DisposeAsync()
    {
        if (_scheduler.IsValueCreated)
            await (await _scheduler.Value.ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        await Databases.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>The run's index of workflow instances.</summary>
    public Task<WorkflowIndex> WorkflowIndexAsync() => _workflows.Value;

    private SqliteDatabase OwnDatabase() => Databases.Open(Path.Combine(DataDirectory, "scheduler.db"), TimeSpan.FromSeconds(2), wal: true);

    private async Task<WorkflowIndex> OpenWorkflowIndexAsync()
    {
        var index = new WorkflowIndex(OwnDatabase());
        await index.InitializeAsync().ConfigureAwait(false);
        return index;
    }

    private async Task<JobScheduler> OpenSchedulerAsync()
    {
        var store = new JobStore(OwnDatabase());
        await store.InitializeAsync(CancellationToken.None).ConfigureAwait(false);
        return new JobScheduler(store, Time, Loggers.CreateLogger("scheduler"));
    }
}
