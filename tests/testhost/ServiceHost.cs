using System.Diagnostics;
using System.Net.Http.Json;
using System.Reflection;
using System.Text.Json.Nodes;
using Deepiri.Sidecar;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Deepiri.TestHost;

/// <summary>
/// One service of the platform and its sidecar in the test process, on a clock that the test moves. The service is the real one: its
/// entry point runs as it does in a process of its own.
/// </summary>
public sealed class ServiceHost : IAsyncDisposable
{
    private readonly TemporaryDirectory? _ownDirectory;
    private readonly SidecarHost _sidecars;
    private readonly IHost _host;
    private readonly Task _running;
    private readonly List<TestApp> _neighbours;
    private readonly string _apiToken;

    private ServiceHost(TemporaryDirectory? ownDirectory, SidecarHost sidecars, AppSidecar sidecar, IHost host, Task running, List<TestApp> neighbours, int port, string appToken, string apiToken, ManualTimeProvider time)
    {
        _ownDirectory = ownDirectory;
        _sidecars = sidecars;
        _host = host;
        _running = running;
        _neighbours = neighbours;
        _apiToken = apiToken;
        Sidecar = sidecar;
        Time = time;
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        Http.DefaultRequestHeaders.Add("dapr-api-token", appToken);
        Direct = new HttpClient { BaseAddress = Http.BaseAddress };
    }

    /// <summary>The clock of service and sidecar.</summary>
    public ManualTimeProvider Time { get; }

    /// <summary>Calls the service as its sidecar would, with the app token.</summary>
    public HttpClient Http { get; }

    /// <summary>Calls the service past its sidecar.</summary>
    public HttpClient Direct { get; }

    public AppSidecar Sidecar { get; }

    /// <summary>Starts a service.</summary>
    /// <param name="assembly">Its assembly, for example <c>Deepiri.TaskOrchestrator</c>.</param>
    /// <param name="appId">Its app id.</param>
    /// <param name="neighbours">Other apps of the run, by app id, played by test apps.</param>
    /// <param name="directory">The data directory, when it is to outlive the service.</param>
    /// <param name="components">The folder of components.</param>
    /// <param name="clock">Its clock, when others are to run by it, too.</param>
    /// <param name="through">Gives the port by which the service reaches its sidecar's gRPC port, when something stands between.</param>
    /// <param name="hasApiToken">False for a sidecar that asks for no token.</param>
    /// <param name="settings">Configuration as on a command line, <c>--Section:Key=value</c>.</param>
    public static async Task<ServiceHost> StartAsync(string assembly, string appId, IReadOnlyDictionary<string, TestApp>? neighbours = null, string? directory = null, string components = "embedded", ManualTimeProvider? clock = null, Func<int, int>? through = null, bool hasApiToken = true, params string[] settings)
    {
        var time = clock ?? new ManualTimeProvider(new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero));
        var own = directory is null ? new TemporaryDirectory() : null;
        directory ??= own!.Path;
        var secrets = TestSecrets.Write(directory);
        var sidecars = new SidecarHost(directory, NullLoggerFactory.Instance, time, new Dictionary<string, string> { ["DEEPIRI_SECRETS_FILE"] = secrets });
        foreach (var (id, app) in neighbours ?? new Dictionary<string, TestApp>())
            await sidecars.StartAsync(new SidecarOptions { AppId = id, AppPort = app.Port, ResourcesPaths = [Repository.PathOf("components", components), Repository.PathOf("dapr-config", "resiliency")] });

        var appToken = Guid.NewGuid().ToString("N");
        var apiToken = hasApiToken ? Guid.NewGuid().ToString("N") : "";
        var port = FreePort.Take();
        var sidecar = await sidecars.StartAsync(new SidecarOptions
        {
            AppId = appId,
            AppPort = port,
            ApiToken = hasApiToken ? apiToken : null,
            AppToken = appToken,
            ResourcesPaths = [Repository.PathOf("components", components), Repository.PathOf("dapr-config", "resiliency")],
            ConfigFile = Repository.PathOf("dapr-config", "mtls", appId + ".yaml"),
        });
        var (host, running) = await RunEntryPointAsync(assembly, time,
            [$"--APP_PORT={port}", $"--DAPR_HTTP_PORT={sidecar.HttpPort}", $"--DAPR_GRPC_PORT={through?.Invoke(sidecar.GrpcPort) ?? sidecar.GrpcPort}", $"--DAPR_API_TOKEN={apiToken}", $"--APP_API_TOKEN={appToken}", .. settings]);
        await Eventually.AssertAsync(() => Assert.True(sidecar.IsReady));
        return new ServiceHost(own, sidecars, sidecar, host, running, [.. neighbours?.Values ?? []], port, appToken, apiToken, time);
    }

    /// <summary>A request as a user would make it through the gateway.</summary>
    public HttpRequestMessage As(string userId, HttpMethod method, string path, HttpContent? content = null, string role = "user")
    {
        var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.Add("X-User-Id", userId);
        request.Headers.Add("X-User-Role", role);
        return request;
    }

    /// <summary>Changes an item of the service's store behind its back.</summary>
    public async Task ChangeStateAsync(string store, string key, Action<JsonNode> change)
    {
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Sidecar.HttpPort}/v1.0/state/"), DefaultRequestHeaders = { { "dapr-api-token", _apiToken } } };
        var item = (await client.GetFromJsonAsync<JsonNode>($"{store}/{key}"))!;
        change(item);
        using var answer = await client.PostAsJsonAsync(store, new[] { new { key, value = item } });
        answer.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        Direct.Dispose();
        await _host.StopAsync();
        await _running;
        await _sidecars.DisposeAsync();
        foreach (var neighbour in _neighbours)
            await neighbour.DisposeAsync();
        _ownDirectory?.Dispose();
    }

    /// <summary>Runs a program's Main and takes hold of the host that it builds, by the events that .NET's hosting emits for tools.</summary>
    private static async Task<(IHost Host, Task Running)> RunEntryPointAsync(string assembly, TimeProvider time, string[] arguments)
    {
        var entryPoint = Assembly.Load(assembly).EntryPoint!;
        using var observer = new HostingObserver(builder => builder.ConfigureServices((_, services) => services.AddSingleton(time)));
        var running = observer.RunAsync(() => entryPoint.Invoke(null, [arguments]));
        var host = await observer.Host.Task.WaitAsync(TimeSpan.FromSeconds(20));
        var started = new TaskCompletionSource();
        host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStarted.Register(() => started.TrySetResult());
        await Task.WhenAny(started.Task, running).WaitAsync(TimeSpan.FromSeconds(20));
        if (running.IsFaulted)
            await running;
        return (host, running);
    }

    /// <summary>Listens to <c>Microsoft.Extensions.Hosting</c>; an AsyncLocal tells this program's events from another's.</summary>
    private sealed class HostingObserver : IObserver<DiagnosticListener>, IObserver<KeyValuePair<string, object?>>, IDisposable
    {
        private static readonly AsyncLocal<HostingObserver?> s_current = new();
        private readonly List<IDisposable> _subscriptions = [];
        private readonly Action<IHostBuilder> _configure;

        public HostingObserver(Action<IHostBuilder> configure)
        {
            _configure = configure;
            _subscriptions.Add(DiagnosticListener.AllListeners.Subscribe(this));
        }

        public TaskCompletionSource<IHost> Host { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task RunAsync(Action main) => Task.Factory.StartNew(() =>
        {
            s_current.Value = this;
            try
            {
                main();
            }
            catch (TargetInvocationException e)
            {
                Host.TrySetException(e.InnerException!);
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerException!);
            }
        }, TaskCreationOptions.LongRunning);

        public void OnNext(DiagnosticListener listener)
        {
            if (listener.Name == "Microsoft.Extensions.Hosting")
                _subscriptions.Add(listener.Subscribe(this));
        }

        public void OnNext(KeyValuePair<string, object?> e)
        {
            if (s_current.Value != this)
                return;
            if (e.Key == "HostBuilding" && e.Value is IHostBuilder builder)
                _configure(builder);
            else if (e is { Key: "HostBuilt", Value: IHost host })
                Host.TrySetResult(host);
        }

        public void OnCompleted()
        {
        }

        public void OnError(Exception error)
        {
        }

        public void Dispose() => _subscriptions.ForEach(s => s.Dispose());
    }
}
