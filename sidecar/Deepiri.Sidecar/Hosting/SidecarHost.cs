using System.Collections.Concurrent;
using Deepiri.Sidecar.Invocation;
using Deepiri.Sidecar.Actors;
using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Resources;
using Microsoft.Extensions.Logging;

namespace Deepiri.Sidecar;

/// <summary>The sidecars of one run, in this process. Apps find each other here by their app id.</summary>
/// <param name="dataDirectory">Where components with relative paths keep their files.</param>
/// <param name="loggers">Where the sidecars log.</param>
/// <param name="time">The clock; the system's by default.</param>
/// <param name="environment">Variables for <c>envRef</c> in component metadata, before those of this process.</param>
public sealed class SidecarHost(string dataDirectory, ILoggerFactory loggers, TimeProvider? time = null, IReadOnlyDictionary<string, string>? environment = null) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, AppSidecar> _sidecars = new(StringComparer.Ordinal);
    private readonly RunContext _run = new(time ?? TimeProvider.System, loggers, dataDirectory, environment ?? new Dictionary<string, string>());
    private readonly HttpForwarder _forwarder = new();
    private readonly Lock _watching = new();
    private ResourceWatcher? _watcher;

    /// <summary>Checks resources and configuration without starting anything.</summary>
    /// <exception cref="ResourceException">Every fault of the files.</exception>
    public static void Validate(IEnumerable<SidecarOptions> all)
    {
        var faults = new ResourceFaults();
        foreach (var options in all)
        {
            ComponentValidator.Validate(ResourceSet.Load(options.ResourcesPaths, faults).Components, faults);
            ConfigurationSpec.Load(options.ConfigFile, faults);
        }
        faults.ThrowIfAny();
    }

    /// <summary>Starts an app's sidecar: its components, then its HTTP API. The app itself may come up later.</summary>
    /// <exception cref="ResourceException">Its resources or its configuration have faults, or a component does not start.</exception>
    public async Task<AppSidecar> StartAsync(SidecarOptions options, CancellationToken cancellationToken = default)
    {
        var sidecar = await AppSidecar.StartAsync(options, this, _run, _forwarder, cancellationToken).ConfigureAwait(false);
        if (_sidecars.TryAdd(options.AppId, sidecar))
        {
            foreach (var folder in options.ResourcesPaths)
                Watch(folder);
            return sidecar;
        }
        await sidecar.DisposeAsync().ConfigureAwait(false);
        throw new InvalidOperationException($"App id '{options.AppId}' is used twice.");
    }

    private void Watch(string folder)
    {
        lock (_watching)
            (_watcher ??= new ResourceWatcher(Reload, _run.Loggers.CreateLogger("sidecar"))).Watch(folder);
    }

    private void Reload(string folder)
    {
        foreach (var sidecar in _sidecars.Values.Where(s => s.Options.ResourcesPaths.Any(p => Path.GetFullPath(p) == folder)))
            _ = sidecar.ReloadAsync();
    }

    /// <summary>Which app hosts which actors.</summary>
    internal ActorPlacement Placement { get; } = new();

    /// <summary>No app of the run is still on its way up.</summary>
    internal bool AreAllReady => _sidecars.Values.All(s => s.IsReady);

    /// <summary>The sidecar of an app; null when there is none in this run.</summary>
    public AppSidecar? Find(string appId) => _sidecars.GetValueOrDefault(appId);

    /// <summary>Stops all deliveries to apps; those under way finish. Done before the apps are ended.</summary>
    public Task PauseSubscriptionsAsync() => Task.WhenAll(_sidecars.Values.Select(s => s.PauseSubscriptionsAsync()));

    /// <summary>Stops all sidecars: no new deliveries, those under way finish, then the components close.</summary>
    public async ValueTask DisposeAsync()
    {
        _watcher?.Dispose();
        await Task.WhenAll(_sidecars.Values.Select(s => s.DisposeAsync().AsTask())).ConfigureAwait(false);
        _sidecars.Clear();
        await _run.DisposeAsync().ConfigureAwait(false);
        _forwarder.Dispose();
    }
}
