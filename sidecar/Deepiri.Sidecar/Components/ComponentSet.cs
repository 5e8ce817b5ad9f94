using Deepiri.Sidecar.PubSub;
using Deepiri.Sidecar.Resources;
using Deepiri.Sidecar.Secrets;
using Deepiri.Sidecar.State;
using Microsoft.Extensions.Logging;

namespace Deepiri.Sidecar.Components;

/// <summary>A component that runs for an app.</summary>
internal sealed record LoadedComponent(ComponentSpec Spec, ComponentDefinition Definition, ComponentMetadata Metadata, object Instance);

/// <summary>The components that one app may use, by name.</summary>
internal sealed class ComponentSet : IAsyncDisposable
{
    private readonly Dictionary<string, LoadedComponent> _components = new(StringComparer.Ordinal);

    public IReadOnlyCollection<LoadedComponent> All => _components.Values;

    /// <summary>The component of this name and kind; null when there is none.</summary>
    public (LoadedComponent Component, T Instance)? Find<T>(string name) where T : class =>
        _components.TryGetValue(name, out var component) && component.Instance is T instance ? (component, instance) : null;

    /// <summary>The store whose YAML says <c>actorStateStore: true</c>.</summary>
    public IStateStore? ActorStore => _components.Values.FirstOrDefault(c => c.Instance is IStateStore && c.Metadata.Flag("actorStateStore"))?.Instance as IStateStore;

    public bool Any<T>() => _components.Values.Any(c => c.Instance is T);

    /// <summary>Starts an app's components: secret stores first, since the others may refer to them.</summary>
    public static async Task<ComponentSet> StartAsync(IEnumerable<ComponentSpec> specs, string appId, RunContext run, CancellationToken cancellationToken)
    {
        var set = new ComponentSet();
        var faults = new ResourceFaults();
        var log = run.Loggers.CreateLogger("sidecar");
        var mine = specs.Where(s => s.Scopes.Count == 0 || s.Scopes.Contains(appId));
        foreach (var spec in mine.OrderBy(s => s.Type.StartsWith("secretstores.", StringComparison.OrdinalIgnoreCase) ? 0 : 1))
        {
            try
            {
                await set.StartAsync(spec, appId, run, cancellationToken).ConfigureAwait(false);
            }
            catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                var message = $"component '{spec.Name}' ({spec.Type}) cannot be started for app '{appId}': {e.Message}";
                if (spec.IgnoreErrors)
                    Log.ComponentIgnored(log, message);
                else
                    faults.Add(spec.File, spec.Line, message);
            }
        }
        faults.ThrowIfAny();
        return set;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var component in _components.Values)
        {
            if (component.Instance is IAsyncDisposable disposable)
                await disposable.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task StartAsync(ComponentSpec spec, string appId, RunContext run, CancellationToken cancellationToken)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var item in spec.Metadata)
            values[item.Name] = await ResolveAsync(spec, item, appId, cancellationToken).ConfigureAwait(false);

        var definition = ComponentCatalog.Find(spec.Type)!;
        var metadata = new ComponentMetadata(values);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(spec.InitTimeout);
        var instance = await definition.CreateAsync(new ComponentContext(spec, metadata, appId, run), timeout.Token)
            .WaitAsync(timeout.Token).ConfigureAwait(false);
        _components[spec.Name] = new LoadedComponent(spec, definition, metadata, instance);
    }

    private async Task<string> ResolveAsync(ComponentSpec spec, ComponentMetadataItem item, string appId, CancellationToken cancellationToken)
    {
        if (item.EnvRef is { } variable)
        {
            // The same variables that daprd refuses to hand to a component.
            if (variable is "APP_API_TOKEN" || variable.StartsWith("DAPR_", StringComparison.OrdinalIgnoreCase))
                throw new ComponentException($"metadata '{item.Name}' may not refer to the environment variable {variable}");
            return Environment.GetEnvironmentVariable(variable) ?? "";
        }
        if (item.SecretName is not { } secretName)
            return Templates.Expand(item.Value ?? "", appId);

        var storeName = spec.SecretStore ?? throw new ComponentException($"metadata '{item.Name}' refers to a secret, but 'auth.secretStore' is missing");
        var store = Find<ISecretStore>(storeName)?.Instance ?? throw new ComponentException($"secret store '{storeName}' does not exist or did not start");
        var secret = await store.GetAsync(secretName, cancellationToken).ConfigureAwait(false);
        return secret.TryGetValue(item.SecretKey!, out var value)
            ? value
            : throw new ComponentException($"secret '{secretName}' has no key '{item.SecretKey}'");
    }
}
