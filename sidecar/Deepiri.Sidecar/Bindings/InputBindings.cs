using System.Net.Http.Headers;
using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Invocation;
using Deepiri.Sidecar.PubSub;
using Deepiri.Sidecar.Resiliency;
using Microsoft.Extensions.Logging;

namespace Deepiri.Sidecar.Bindings;

/// <summary>
/// An app's input bindings. A binding whose <c>direction</c> does not say so is asked for: the app takes its events if
/// <c>OPTIONS /{route}</c> answers 2xx or 405.
/// </summary>
internal sealed class InputBindings(string appId, ComponentSet components, ResiliencyPolicies policies, ILogger log)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    private readonly List<IAsyncDisposable> _reading = [];

    public async Task StartAsync(AppChannel app, CancellationToken cancellationToken)
    {
        await StopAsync().ConfigureAwait(false);
        foreach (var component in components.All.Where(c => c.Instance is IInputBinding))
        {
            var route = "/" + (component.Metadata.Text("route") ?? component.Spec.Name).TrimStart('/');
            if (!await IsWantedAsync(app, component, route, cancellationToken).ConfigureAwait(false))
                continue;
            var policy = policies.Inbound(component.Spec);
            _reading.Add(((IInputBinding)component.Instance).Read((data, metadata, stop) => DeliverAsync(app, component.Spec.Name, route, policy, data, metadata, stop)));
        }
    }

    /// <summary>Stops all, after the events under way.</summary>
    public async Task StopAsync()
    {
        IAsyncDisposable[] reading = [.. _reading];
        _reading.Clear();
        await Task.WhenAll(reading.Select(r => r.DisposeAsync().AsTask())).ConfigureAwait(false);
    }

    private async Task<bool> IsWantedAsync(AppChannel app, LoadedComponent component, string route, CancellationToken cancellationToken)
    {
        if (component.Metadata.Text("direction") is { } direction)
            return direction.Split(',', StringSplitOptions.TrimEntries).Contains("input", StringComparer.OrdinalIgnoreCase);
        using var request = new HttpRequestMessage(HttpMethod.Options, app.Uri(route));
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_patience);
        try
        {
            using var response = await app.SendAsync(request, patience.Token).ConfigureAwait(false);
            return response.IsSuccessStatusCode || response.StatusCode == System.Net.HttpStatusCode.MethodNotAllowed;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Log.BindingEventFailed(log, appId, component.Spec.Name, route, $"it did not answer OPTIONS within {s_patience.TotalSeconds} s, so it gets no events");
            return false;
        }
    }

    private async Task DeliverAsync(AppChannel app, string name, string route, Policy policy, ReadOnlyMemory<byte> data, IReadOnlyDictionary<string, string> metadata, CancellationToken cancellationToken)
    {
        try
        {
            await policy.ExecuteAsync(async stop =>
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, app.Uri(route)) { Content = new ReadOnlyMemoryContent(data) };
                request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
                foreach (var (key, value) in metadata)
                    request.Headers.TryAddWithoutValidation(key, value);
                using var response = await app.SendAsync(request, stop).ConfigureAwait(false);
                if (!response.IsSuccessStatusCode)
                    throw new DeliveryException($"the app answered {(int)response.StatusCode}") { AppStatus = (int)response.StatusCode };
            }, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is DeliveryException or PolicyException or HttpRequestException)
        {
            Log.BindingEventFailed(log, appId, name, route, e.Message);
            throw e as DeliveryException ?? new DeliveryException(e.Message, e);
        }
    }
}
