using System.Text.Json;
using Deepiri.Runner.Secrets;
using Deepiri.Runner.Template;
using Deepiri.Sidecar;
using Deepiri.Sidecar.Resources;
using Microsoft.Extensions.Logging;

namespace Deepiri.Runner.Running;

/// <summary>What <c>deepiri up</c> was asked for.</summary>
internal sealed record RunRequest(IReadOnlyList<string> TemplateFiles, string DataDirectory, string? ComponentsDirectory, bool AutoPorts);

/// <summary>A run cannot begin; the message says what to do.</summary>
internal sealed class RunException(string message) : Exception(message);

/// <summary>One run of the platform: sidecars in this process, apps as processes of their own.</summary>
internal sealed class PlatformRun : IAsyncDisposable
{
    private static readonly TimeSpan s_healthInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_relaxedHealthInterval = TimeSpan.FromSeconds(2);

    private readonly RunRequest _request;
    private readonly FileStream _lock;
    private readonly ILoggerFactory _loggers;
    private readonly CancellationTokenSource _stop = new();
    private readonly List<SupervisedApp> _apps = [];
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SidecarHost? _sidecars;
    private ControlServer? _control;
    private Guard? _guard;
    private Task _watch = Task.CompletedTask;

    private PlatformRun(RunRequest request, FileStream @lock, ILoggerFactory loggers)
    {
        _request = request;
        _lock = @lock;
        _loggers = loggers;
    }

    /// <summary>Completes when every app has been healthy at the same time for the first time.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Completes when somebody asks the run to end.</summary>
    public TaskCompletionSource StopRequested { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RunStatus Status => new(true, _ready.Task.IsCompleted && _apps.TrueForAll(a => a.IsHealthy), Environment.ProcessId, _request.DataDirectory, [.. _apps.Select(a => a.Status)], [.. _apps.Select(a => a.ReloadFault).OfType<string>().Distinct()]);

    /// <summary>Starts everything and returns when all sidecars are up; the apps go on to start by themselves.</summary>
    public static async Task<PlatformRun> StartAsync(RunRequest request, ILoggerFactory loggers, CancellationToken cancellationToken)
    {
        PrivateFile.CreateFolder(request.DataDirectory);
        var template = RunTemplateReader.Read(request.TemplateFiles);
        var run = new PlatformRun(request, Lock(request.DataDirectory), loggers);
        PrivateFile.Restrict(Directory.EnumerateFiles(request.DataDirectory, "*.db*"));
        try
        {
            await run.StartAsync(template, cancellationToken).ConfigureAwait(false);
            return run;
        }
        catch
        {
            await run.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Ends the run; a step that fails does not keep the later ones from being done.</summary>
    public async ValueTask DisposeAsync()
    {
        var faults = new List<Exception>();
        async Task StepAsync(Func<Task> step)
        {
            try
            {
                await step().ConfigureAwait(false);
            }
            catch (Exception e)
            {
                faults.Add(e);
            }
        }

        await StepAsync(() => _stop.CancelAsync());
        await StepAsync(() => _watch);
        _apps.ForEach(a => a.StopRestarting());
        // Deliveries first, so that none fails for an app that is just ending; then the apps, while their sidecars still answer them.
        await StepAsync(() => _sidecars?.PauseSubscriptionsAsync() ?? Task.CompletedTask);
        await StepAsync(() => Task.WhenAll(_apps.Select(a => a.StopAsync())));
        await StepAsync(async () => await (_sidecars?.DisposeAsync() ?? ValueTask.CompletedTask));
        _apps.ForEach(a => a.Dispose());
        File.Delete(RunFile.PathIn(_request.DataDirectory));
        await StepAsync(async () => await (_control?.DisposeAsync() ?? ValueTask.CompletedTask));
        _guard?.Dispose();
        await _lock.DisposeAsync().ConfigureAwait(false);
        if (faults.Count > 0)
            throw new AggregateException("The platform did not end cleanly.", faults);
    }

    private async Task StartAsync(RunTemplate template, CancellationToken cancellationToken)
    {
        var secrets = DevelopmentSecrets.Ensure(_request.DataDirectory, template.Secrets);
        var plan = new RunPlan(template, _request.ComponentsDirectory is { } folder ? Path.GetFullPath(folder) : null, _request.AutoPorts);
        SidecarHost.Validate(plan.Apps.Select(a => a.Options));
        if (plan.Conflicts() is { Count: > 0 } conflicts)
            throw new RunException(string.Join(Environment.NewLine, conflicts) + Environment.NewLine + "End these processes, change the ports in dapr.yaml, or start with --ports auto.");

        _guard = new Guard();
        _control = await ControlServer.StartAsync(this, cancellationToken).ConfigureAwait(false);
        _sidecars = new SidecarHost(_request.DataDirectory, _loggers, environment: new Dictionary<string, string> { [DevelopmentSecrets.Variable] = secrets });
        var width = plan.Apps.Max(a => a.Template.AppId.Length);
        // Apps start in parallel, each as soon as its own sidecar is outbound-ready.
        await Task.WhenAll(plan.Apps.Select(planned => StartAppAsync(planned, plan, width, cancellationToken))).ConfigureAwait(false);
        WriteRunFile();
        _watch = Task.Run(WatchHealthAsync, CancellationToken.None);
    }

    private async Task StartAppAsync(PlannedApp planned, RunPlan plan, int width, CancellationToken cancellationToken)
    {
        // Setting up components touches disk and the JIT; off the caller's thread they overlap.
        await Task.Yield();
        var options = planned.Options with { OnShutdown = () => StopRequested.TrySetResult() };
        var sidecar = await _sidecars!.StartAsync(options, cancellationToken).ConfigureAwait(false);
        var environment = plan.EnvironmentOf(planned, sidecar.HttpPort, sidecar.GrpcPort);
        WriteEnvironmentFile(planned.Template.AppId, environment);
        var log = new AppLog(Path.Combine(_request.DataDirectory, "logs"), planned.Template.AppId, planned.Template.AppLogDestination, width);
        var app = new SupervisedApp(planned.Template, options, sidecar, environment, planned.Template.File.HealthPath, log, _guard!);
        lock (_apps)
            _apps.Add(app);
        app.Start();
    }

    /// <summary>So that an app can be started by hand, for one under a debugger, with the variables that the runner would give it.</summary>
    private void WriteEnvironmentFile(string appId, IReadOnlyDictionary<string, string> environment)
    {
        var directory = PrivateFile.CreateFolder(Path.Combine(_request.DataDirectory, "env"));
        PrivateFile.Write(Path.Combine(directory, appId + ".env"), stream =>
        {
            using var writer = new StreamWriter(stream);
            foreach (var (name, value) in environment)
                writer.WriteLine($"{name}={value}");
        });
    }

    private async Task WatchHealthAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            await Task.WhenAll(_apps.Select(a => a.CheckHealthAsync(_stop.Token))).ConfigureAwait(false);
            if (_apps.TrueForAll(a => a.IsHealthy))
                _ready.TrySetResult();
            var interval = _apps.TrueForAll(a => a.IsHealthy) ? s_relaxedHealthInterval : s_healthInterval;
            await Task.Delay(interval, _stop.Token).ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
        }
    }

    /// <summary>One run per data directory; the lock goes with the process, however it ends.</summary>
    private static FileStream Lock(string dataDirectory)
    {
        try
        {
            return new FileStream(Path.Combine(dataDirectory, "run.lock"), PrivateFile.Options(FileMode.OpenOrCreate, FileShare.None));
        }
        catch (IOException)
        {
            throw new RunException($"A platform already runs in {dataDirectory}. Stop it with 'deepiri down', or choose another folder with --data-dir.");
        }
    }

    private void WriteRunFile() => PrivateFile.Write(RunFile.PathIn(_request.DataDirectory), stream =>
        JsonSerializer.Serialize(stream, new RunFile(Environment.ProcessId, _control!.Url, _control.Token), JsonSerializerOptions.Web));
}
