using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using Dapr.Client;
using Deepiri.ServiceDefaults.Health;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Deepiri.Gateway.Health;

/// <summary>
/// Asks the platform's services for their health every few seconds, so that the gateway's own <c>/health</c> tells of all without asking.
/// Which services there are is in <c>PLATFORM_APPS</c>, app ids with commas between them.
/// </summary>
internal sealed class PlatformMonitor(DaprClient dapr, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan s_every = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, HttpClient> _clients = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, HealthStatus> _known = new(StringComparer.Ordinal);

    /// <summary>The last known status of a service; degraded until it has been reached.</summary>
    public HealthStatus StatusOf(string appId) => _known.GetValueOrDefault(appId, HealthStatus.Degraded);

    public IReadOnlyList<string> AppIds { get; init; } = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_every, time);
        do
            await Task.WhenAll(AppIds.Select(id => AskAsync(id, stoppingToken)));
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task AskAsync(string appId, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_patience);
        try
        {
            var client = _clients.GetOrAdd(appId, id => dapr.CreateInvokableHttpClient(id));
            using var answer = await client.GetAsync("/health", patience.Token);
            var health = await answer.Content.ReadFromJsonAsync<HealthBody>(JsonSerializerOptions.Web, patience.Token);
            _known[appId] = Enum.TryParse<HealthStatus>(health?.Status, ignoreCase: true, out var status) ? status : HealthStatus.Unhealthy;
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            _known[appId] = HealthStatus.Unhealthy;
        }
    }
}
