using System.Collections.Concurrent;
using System.Net;
using Deepiri.HttpForwarding;
using Deepiri.Sidecar.Actors;
using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Grpc;
using Deepiri.Sidecar.Http;
using Deepiri.Sidecar.Invocation;
using Deepiri.Sidecar.Jobs;
using Deepiri.Sidecar.PubSub;
using Deepiri.Sidecar.Resources;
using Deepiri.Sidecar.Workflows;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Deepiri.Sidecar;

/// <summary>One app's sidecar: its components, its subscriptions, and its HTTP and gRPC APIs on their own ports.</summary>
public sealed class AppSidecar : IAsyncDisposable
{
    private static readonly TimeSpan s_retryPause = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _startLock = new();
    private readonly ILogger _log;
    private CancellationTokenSource _starting = new();
    private readonly IReadOnlyList<HttpEndpointSpec> _httpEndpoints;
    private readonly ComponentSet _components;
    private readonly Outboxes _outboxes = new();
    private readonly JobsService _jobs;
    private WebApplication? _server;
    private Task _appStarted = Task.CompletedTask;

    private AppSidecar(SidecarOptions options, RunContext run, ComponentSet components, ResourceSet resources, ConfigurationSpec configuration)
    {
        Options = options;
        _log = run.Loggers.CreateLogger("sidecar");
        _components = components;
        _jobs = new JobsService(options.AppId, run);
        _httpEndpoints = [.. resources.HttpEndpoints.Where(e => IsInScope(e.Scopes))];
        Configuration = configuration;
        AccessControl = new AccessControl(configuration.AccessControl);
        App = options.AppPort is { } port ? new AppChannel(port, options.AppToken) : null;
        Publisher = new Publisher(options.AppId, components, run.Time);
        Extended = new ConcurrentDictionary<string, string>(options.Extended);
        if (App is not null)
            Subscriptions = new AppSubscriptions(options.AppId, [.. resources.Subscriptions.Where(s => IsInScope(s.Scopes))], components, App, Publisher, run);
    }

    /// <summary>The app's id.</summary>
    public string AppId => Options.AppId;

    /// <summary>The port of this sidecar's HTTP API.</summary>
    public int HttpPort { get; private set; }

    /// <summary>The port of this sidecar's gRPC API.</summary>
    public int GrpcPort { get; private set; }

    /// <summary>Components are ready; the app may call out.</summary>
    public bool IsOutboundReady { get; private set; }

    /// <summary>The app listens and its subscriptions run. An app without a port is ready at once.</summary>
    public bool IsReady => IsOutboundReady && _appStarted.IsCompletedSuccessfully;

    internal SidecarOptions Options { get; }

    internal ConfigurationSpec Configuration { get; }

    internal AccessControl AccessControl { get; }

    internal AppChannel? App { get; }

    internal Publisher Publisher { get; }

    internal AppSubscriptions? Subscriptions { get; }

    internal ActorsService Actors { get; private set; } = null!;

    internal WorkflowsService Workflows { get; private set; } = null!;

    internal ComponentSet Components => _components;

    internal Outboxes Outboxes => _outboxes;

    internal ConcurrentDictionary<string, string> Extended { get; }

    /// <summary>Waits for the app to listen and (again) asks it for its subscriptions. Called after the app was restarted.</summary>
    public Task RestartSubscriptionsAsync()
    {
        if (App is null)
            return Task.CompletedTask;
        lock (_startLock)
        {
            _starting.Cancel();
            _starting = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            var (previous, token) = (_appStarted, _starting.Token);
            return _appStarted = Task.Run(() => StartSubscriptionsAsync(previous, token));
        }
    }

    /// <summary>Stops deliveries while the app is away: what is under way finishes, the rest waits at the broker.</summary>
    public async Task PauseSubscriptionsAsync()
    {
        Task previous;
        lock (_startLock)
        {
            _starting.Cancel();
            previous = _appStarted;
        }
        await previous.ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
        if (Subscriptions is not null)
            await Subscriptions.StopAsync().ConfigureAwait(false);
        await _jobs.StopAsync().ConfigureAwait(false);
        await Actors.StopAsync().ConfigureAwait(false);
    }

    /// <summary>Stops the APIs, the subscriptions (those under way finish) and the components.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
            return;
        await _stop.CancelAsync().ConfigureAwait(false);
        await PauseSubscriptionsAsync().ConfigureAwait(false);
        await _outboxes.DisposeAsync().ConfigureAwait(false);
        await Workflows.DisposeAsync().ConfigureAwait(false);
        if (_server is not null)
            await _server.DisposeAsync().ConfigureAwait(false);
        await _components.DisposeAsync().ConfigureAwait(false);
        App?.Dispose();
    }

    /// <summary>Once this answer has gone out, whoever runs this sidecar ends it and its app.</summary>
    internal void ShutDownAfter(HttpResponse response)
    {
        if (Options.OnShutdown is not { } shutdown)
            return;
        response.OnCompleted(() =>
        {
            shutdown();
            return Task.CompletedTask;
        });
    }

    internal HttpEndpointSpec? FindHttpEndpoint(string name) => _httpEndpoints.FirstOrDefault(e => e.Name == name);

    internal static async Task<AppSidecar> StartAsync(SidecarOptions options, SidecarHost host, RunContext run, HttpForwarder forwarder, CancellationToken cancellationToken)
    {
        var faults = new ResourceFaults();
        var resources = ResourceSet.Load(options.ResourcesPaths, faults);
        ComponentValidator.Validate(resources.Components, faults);
        var configuration = ConfigurationSpec.Load(options.ConfigFile, faults);
        faults.ThrowIfAny();

        var components = await ComponentSet.StartAsync(resources.Components, options.AppId, run, cancellationToken).ConfigureAwait(false);
        var sidecar = new AppSidecar(options, run, components, resources, configuration);
        await sidecar._outboxes.StartAsync(options.AppId, components, sidecar.Publisher, run, cancellationToken).ConfigureAwait(false);
        sidecar.Actors = new ActorsService(sidecar, host, run, sidecar._log);
        sidecar.Workflows = new WorkflowsService(sidecar, run, sidecar._log);
        await sidecar.Workflows.StartAsync().ConfigureAwait(false);
        var blocks = new BuildingBlocks(sidecar, sidecar.Actors, sidecar.Workflows, sidecar._jobs);
        var http = new SidecarRouter(sidecar, blocks, host, forwarder, run);
        var grpc = new GrpcRouter(sidecar, blocks, host, sidecar._log);
        await sidecar.ListenAsync(http, grpc, run, cancellationToken).ConfigureAwait(false);
        sidecar.IsOutboundReady = true;
        _ = sidecar.RestartSubscriptionsAsync();
        return sidecar;
    }

    private async Task ListenAsync(SidecarRouter http, GrpcRouter grpc, RunContext run, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(run.Loggers);
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = Options.MaxBodySize;
            // A worker that is busy reads its stream of work slowly, and must not lose it for that.
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(IPAddress.Loopback, Options.HttpPort, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, Options.GrpcPort, listen => listen.Protocols = HttpProtocols.Http2);
        });
        _server = builder.Build();
        _server.Run(context => HttpProtocol.IsHttp2(context.Request.Protocol) ? grpc.HandleAsync(context) : http.HandleAsync(context));
        await _server.StartAsync(cancellationToken).ConfigureAwait(false);
        // In the order in which they were asked for.
        var ports = _server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Select(a => new Uri(a).Port).ToArray();
        (HttpPort, GrpcPort) = (ports[0], ports[1]);
    }

    /// <summary>Tries until it succeeds or is given up: an app that has just begun to listen may not answer yet.</summary>
    private async Task StartSubscriptionsAsync(Task previous, CancellationToken cancellationToken)
    {
        await previous.ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
        while (true)
        {
            await App!.WaitUntilListeningAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                await Actors.StartAsync(App, cancellationToken).ConfigureAwait(false);
                await _jobs.StartAsync(App).ConfigureAwait(false);
                await Subscriptions!.StartAsync(cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                Log.SubscriptionsFailed(_log, AppId, e.Message);
                await Task.Delay(s_retryPause, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private bool IsInScope(IReadOnlyList<string> scopes) => scopes.Count == 0 || scopes.Contains(AppId);
}
