using Deepiri.Sidecar.PubSub;
using Deepiri.Sidecar.Resiliency;
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
    // Replaced as a whole when components change, never altered once in use.
    private volatile Dictionary<string, LoadedComponent> _components;

    private ComponentSet(IEnumerable<LoadedComponent> components) => _components = components.ToDictionary(c => c.Spec.Name, StringComparer.Ordinal);

    public IReadOnlyCollection<LoadedComponent> All => _components.Values;

    /// <summary>The component of this name and kind; null when there is none.</summary>
    public (LoadedComponent Component, T Instance)? Find<T>(string name) where T : class =>
        _components.TryGetValue(name, out var component) && component.Instance is T instance ? (component, instance) : null;

    /// <summary>The store whose YAML says <c>actorStateStore: true</c>.</summary>
    public IStateStore? ActorStore => _components.Values.FirstOrDefault(c => c.Instance is IStateStore && c.Metadata.Flag("actorStateStore"))?.Instance as IStateStore;

    public bool Any<T>() => _components.Values.Any(c => c.Instance is T);

    /// <summary>Starts an app's components.</summary>
    /// <exception cref="ResourceException">One does not start; none is left running.</exception>
    public static async Task<ComponentSet> StartAsync(IEnumerable<ComponentSpec> specs, string appId, ResiliencyPolicies policies, RunContext run, CancellationToken cancellationToken)
    {
        var set = new ComponentSet([]);
        await set.AddAsync(Mine(specs, appId), appId, policies, run, cancellationToken).ConfigureAwait(false);
        return set;
    }

    /// <summary>The components as they are to be from now on: those that have not changed, and new ones, started. Nothing is in use yet.</summary>
    /// <exception cref="ResourceException">One does not start; the others are ended again.</exception>
    public async Task<ComponentSet> PrepareAsync(IEnumerable<ComponentSpec> specs, string appId, ResiliencyPolicies policies, RunContext run, CancellationToken cancellationToken)
    {
        var wanted = Mine(specs, appId).ToList();
        var next = new ComponentSet(_components.Values.Where(c => wanted.Exists(c.Spec.IsSameAs)));
        await next.AddAsync(wanted.Where(s => !next._components.ContainsKey(s.Name)), appId, policies, run, cancellationToken).ConfigureAwait(false);
        return next;
    }

    /// <summary>A set of components that run already.</summary>
    public static ComponentSet Of(IEnumerable<LoadedComponent> components) => new(components);

    /// <summary>Uses another set's components from now on.</summary>
    public void Replace(ComponentSet next) => _components = next._components;

    /// <summary>Components that are here and not in another set.</summary>
    public IReadOnlyList<LoadedComponent> Except(ComponentSet other) => [.. _components.Values.Where(c => !other._components.ContainsValue(c))];

    /// <summary>Ends components; one that fails to does not keep the others from it.</summary>
    public static async Task EndAsync(IEnumerable<LoadedComponent> components)
    {
        List<Exception> faults = [];
        foreach (var component in components)
        {
            try
            {
                if (component.Instance is IAsyncDisposable disposable)
                    await disposable.DisposeAsync().ConfigureAwait(false);
            }
            catch (Exception e)
            {
                faults.Add(e);
            }
        }
        if (faults.Count > 0)
            throw new AggregateException(faults);
    }

    public async ValueTask DisposeAsync() => await EndAsync(_components.Values).ConfigureAwait(false);

    private static IEnumerable<ComponentSpec> Mine(IEnumerable<ComponentSpec> specs, string appId) => specs.Where(s => s.Scopes.Count == 0 || s.Scopes.Contains(appId));

    /// <summary>Secret stores first, since the others may refer to them.</summary>
    private async Task AddAsync(IEnumerable<ComponentSpec> specs, string appId, ResiliencyPolicies policies, RunContext run, CancellationToken cancellationToken)
    {
        var faults = new ResourceFaults();
        var log = run.Loggers.CreateLogger("sidecar");
        var before = _components.Values.ToList();
        foreach (var spec in specs.OrderBy(s => s.Type.StartsWith("secretstores.", StringComparison.OrdinalIgnoreCase) ? 0 : 1))
        {
            try
            {
                await StartAsync(spec, appId, policies, run, cancellationToken).ConfigureAwait(false);
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
        if (faults.Any)
            await EndAsync(_components.Values.Except(before)).ConfigureAwait(false);
        faults.ThrowIfAny();
    }

    private async Task StartAsync(ComponentSpec spec, string appId, ResiliencyPolicies policies, RunContext run, CancellationToken cancellationToken)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var item in spec.Metadata)
            values[item.Name] = await ResolveAsync(spec, item, appId, run, cancellationToken).ConfigureAwait(false);

        var definition = ComponentCatalog.Find(spec.Type)!;
        var metadata = new ComponentMetadata(values);
        var context = new ComponentContext(spec, metadata, appId, run);
        var instance = await Policy.Of(spec.InitTimeout, policies.Initialization, null, run.Time).ExecuteAsync(async stop =>
        {
            try
            {
                return await definition.CreateAsync(context, stop).WaitAsync(stop).ConfigureAwait(false);
            }
            catch (Exception e) when (e is not ComponentException and not OperationCanceledException)
            {
                Log.ComponentRetried(run.Loggers.CreateLogger("sidecar"), spec.Name, spec.Type, appId, e.Message);
                throw;
            }
        }, cancellationToken).ConfigureAwait(false);
        _components[spec.Name] = new LoadedComponent(spec, definition, metadata, ResilientComponents.Wrap(instance, policies.Outbound(spec)));
    }

    private async Task<string> ResolveAsync(ComponentSpec spec, ComponentMetadataItem item, string appId, RunContext run, CancellationToken cancellationToken)
    {
        if (item.EnvRef is { } variable)
        {
            // The same variables that daprd refuses to hand to a component.
            if (variable is "APP_API_TOKEN" || variable.StartsWith("DAPR_", StringComparison.OrdinalIgnoreCase))
                throw new ComponentException($"metadata '{item.Name}' may not refer to the environment variable {variable}");
            return run.Variable(variable);
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
