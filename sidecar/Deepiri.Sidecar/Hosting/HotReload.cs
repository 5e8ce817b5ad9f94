using System.Text.Json;
using Deepiri.Sidecar.Bindings;
using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.PubSub;
using Deepiri.Sidecar.Resources;
using Microsoft.Extensions.Logging;

namespace Deepiri.Sidecar;

/// <summary>Takes up a sidecar's components and subscriptions as they are on disk now, all of them or none (docs/decisions/0012).</summary>
internal sealed class HotReload(AppSidecar sidecar, AppDeliveries deliveries, RunContext run, ILogger log, CancellationToken stop)
{
    private static readonly TimeSpan s_retirement = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _one = new(1, 1);
    private Task _retiring = Task.CompletedTask;

    /// <summary>Why what is on disk is not in use; null when it is.</summary>
    public string? Fault { get; private set; }

    public async Task RunAsync()
    {
        await _one.WaitAsync(stop).ConfigureAwait(false);
        try
        {
            await TryAsync().ConfigureAwait(false);
            Fault = null;
        }
        catch (Exception e) when (!stop.IsCancellationRequested)
        {
            Fault = e.Message;
            Log.ReloadRefused(log, sidecar.AppId, e.Message);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Waits for one under way; there is none after it.</summary>
    public Task EndAsync() => _one.WaitAsync(CancellationToken.None);

    /// <summary>Waits until replaced components have ended.</summary>
    public Task RetiredAsync() => sidecar.TryAsync(() => _retiring);

    private async Task TryAsync()
    {
        var faults = new ResourceFaults();
        var resources = ResourceSet.Load(sidecar.Options.ResourcesPaths, faults);
        ComponentValidator.Validate(resources.Components, faults);
        faults.ThrowIfAny();
        var next = await sidecar.Components.PrepareAsync(resources.Components, sidecar.AppId, sidecar.Policies, run, stop).ConfigureAwait(false);
        var (ended, added) = (sidecar.Components.Except(next), next.Except(sidecar.Components));
        if (ended.Concat(added).FirstOrDefault(c => c.Metadata.Flag("actorStateStore")) is { } store)
        {
            await ComponentSet.EndAsync(added).ConfigureAwait(false);
            faults.Add(store.Spec.File, store.Spec.Line, $"'{store.Spec.Name}' keeps the state of actors and workflows and cannot change while they run; restart the platform");
            faults.ThrowIfAny();
        }
        var subscriptions = sidecar.Mine(resources.Subscriptions);
        var isResubscribed = JsonSerializer.Serialize(subscriptions) != JsonSerializer.Serialize(sidecar.Subscriptions.Declared);
        if (ended.Count + added.Count == 0 && !isResubscribed)
            return;
        await UseAsync(next, added).ConfigureAwait(false);
        sidecar.Subscriptions.Declared = subscriptions;
        var redone = isResubscribed || ended.Concat(added).Any(c => c.Instance is IPubSub or IInputBinding) ? deliveries.ResubscribeAsync() : Task.CompletedTask;
        _retiring = Task.WhenAll(_retiring, RetireAsync(ended, redone));
        Log.Reloaded(log, sidecar.AppId, string.Join(", ", added.Select(c => c.Spec.Name)), string.Join(", ", ended.Select(c => c.Spec.Name)));
    }

    /// <summary>Swaps the components; when the outboxes cannot follow, swaps them back.</summary>
    private async Task UseAsync(ComponentSet next, IReadOnlyList<LoadedComponent> added)
    {
        var before = ComponentSet.Of(sidecar.Components.All);
        sidecar.Components.Replace(next);
        try
        {
            await sidecar.Outboxes.StartAsync(stop).ConfigureAwait(false);
        }
        catch
        {
            sidecar.Components.Replace(before);
            await sidecar.Outboxes.RestoreAsync(stop).ConfigureAwait(false);
            await ComponentSet.EndAsync(added).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Streams and settings on them end, deliveries are over when the new subscriptions stand; other requests under way have a moment to finish.</summary>
    private async Task RetireAsync(IReadOnlyList<LoadedComponent> components, Task redone)
    {
        await sidecar.TryAsync(() => sidecar.Subscriptions.StopStreamsAsync(components)).ConfigureAwait(false);
        await sidecar.TryAsync(() => sidecar.Blocks.Configuration.EndAsync(components)).ConfigureAwait(false);
        await sidecar.TryAsync(() => redone).ConfigureAwait(false);
        await Task.Delay(s_retirement, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ComponentSet.EndAsync(components).ConfigureAwait(false);
    }
}
