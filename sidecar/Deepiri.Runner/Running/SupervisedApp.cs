using System.Diagnostics;
using System.Text.Json;
using Deepiri.Runner.Template;
using Deepiri.Sidecar;

namespace Deepiri.Runner.Running;

/// <summary>An app beside its sidecar: started, watched, restarted with a growing pause when it dies.</summary>
internal sealed class SupervisedApp(AppTemplate template, SidecarOptions options, AppSidecar sidecar, IReadOnlyDictionary<string, string> environment, string? healthPath, AppLog log, Guard guard) : IDisposable
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_stableAfter = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_lastOutput = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(8);
    private const int MaxHealthBytes = 64 * 1024;

    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(2), MaxResponseContentBufferSize = MaxHealthBytes };
    private readonly CancellationTokenSource _stop = new();
    private volatile ProcessGroup? _process;
    private volatile string _state = "starting";
    private volatile string? _lastExit;
    private volatile IReadOnlyList<string> _problems = [];
    private int _restarts;
    private Task _supervision = Task.CompletedTask;

    public string AppId => template.AppId;

    public bool IsHealthy => _state is "healthy" or "sidecar-only";

    public AppStatus Status => new(template.AppId, _state, _process?.Id,
        options.AppPort is { } port ? $"http://127.0.0.1:{port}" : null, $"http://127.0.0.1:{sidecar.HttpPort}", _restarts, _lastExit, _problems);

    /// <summary>Why the app's resources as they are on disk now are not in use; null when they are.</summary>
    public string? ReloadFault => sidecar.ReloadFault;

    public void Start()
    {
        if (template.Command.Count == 0)
            _state = "sidecar-only";
        else
            _supervision = Task.Run(SuperviseAsync);
    }

    /// <summary>Looks whether the app answers; called in a loop by the run.</summary>
    public async Task CheckHealthAsync(CancellationToken cancellationToken)
    {
        if (template.Command.Count == 0 || _process is null)
            return;
        var healthy = sidecar.IsReady && await AnswersAsync(cancellationToken).ConfigureAwait(false);
        // A restart may have begun meanwhile; only a running app has a health.
        if (_process is not null)
            _state = healthy ? "healthy" : _state == "healthy" ? "unhealthy" : _state;
    }

    /// <summary>An app that ends from now on is not started again.</summary>
    public void StopRestarting() => _stop.Cancel();

    public async Task StopAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        if (_process is { } process)
            await process.StopAsync(s_grace).ConfigureAwait(false);
        await _supervision.ConfigureAwait(false);
        _state = "stopped";
    }

    public void Dispose()
    {
        _http.Dispose();
        log.Dispose();
    }

    private async Task SuperviseAsync()
    {
        var pause = s_firstPause;
        while (!_stop.IsCancellationRequested)
        {
            var started = Stopwatch.GetTimestamp();
            _lastExit = await RunOnceAsync().ConfigureAwait(false);
            if (_stop.IsCancellationRequested)
                return;
            if (Stopwatch.GetElapsedTime(started) > s_stableAfter)
                pause = s_firstPause;
            _state = "restarting";
            await sidecar.EndSubscriptionsAsync().ConfigureAwait(false);
            log.Write($"deepiri: {AppId} {_lastExit}; it is started again in {pause.TotalSeconds:0} s");
            await Task.Delay(pause, _stop.Token).ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
            pause = pause * 2 < s_longestPause ? pause * 2 : s_longestPause;
            if (_stop.IsCancellationRequested)
                return;
            Interlocked.Increment(ref _restarts);
            _state = "starting";
            _ = sidecar.RestartSubscriptionsAsync();
        }
    }

    private async Task<string> RunOnceAsync()
    {
        try
        {
            using var process = ProcessGroup.Start(template.Command, template.Directory, environment, guard);
            var copies = Task.WhenAll(log.CopyAsync(process.Output), log.CopyAsync(process.Errors));
            _process = process;
            try
            {
                // Stop may have come between the check of the loop and the start.
                if (_stop.IsCancellationRequested)
                    await process.StopAsync(s_grace).ConfigureAwait(false);
                var exitCode = await process.WaitAsync().ConfigureAwait(false);
                // A process that left the group may hold the pipe open; its output is not waited for.
                await Task.WhenAny(copies, Task.Delay(s_lastOutput)).ConfigureAwait(false);
                return $"exited with code {exitCode}";
            }
            finally
            {
                _process = null;
            }
        }
        catch (Exception e) when (e is System.ComponentModel.Win32Exception or IOException)
        {
            return $"could not be run: {e.Message}";
        }
    }

    /// <summary>The <c>reasons</c> of a health body, as our services write it; an app in another language may answer anything.</summary>
    private static async Task<IReadOnlyList<string>> ProblemsAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (response.Content.Headers.ContentType?.MediaType != "application/json")
            return [];
        try
        {
            using var health = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false));
            return health.RootElement.ValueKind == JsonValueKind.Object && health.RootElement.TryGetProperty("reasons", out var reasons) && reasons.ValueKind == JsonValueKind.Object
                ? [.. reasons.EnumerateObject().Select(r => $"{r.Name}: {r.Value}")]
                : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        if (options.AppPort is not { } port || healthPath is null)
            return true;
        try
        {
            using var response = await _http.GetAsync($"http://127.0.0.1:{port}{healthPath}", cancellationToken).ConfigureAwait(false);
            _problems = await ProblemsAsync(response, cancellationToken).ConfigureAwait(false);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }
}
