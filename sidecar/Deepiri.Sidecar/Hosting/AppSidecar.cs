using System.Collections.Concurrent;
using System.Net;
using Deepiri.Sidecar.Actors;
using Deepiri.Sidecar.Bindings;
using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Grpc;
using Deepiri.Sidecar.Http;
using Deepiri.Sidecar.Invocation;
using Deepiri.Sidecar.Jobs;
using Deepiri.Sidecar.PubSub;
using Deepiri.Sidecar.Resiliency;
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
    private readonly CancellationTokenSource _stop = new();
    private readonly ILogger _log;
    private readonly IReadOnlyList<HttpEndpointSpec> _httpEndpoints;
    private readonly ComponentSet _components;
    private readonly Outboxes _outboxes;
    private readonly JobsService _jobs;
    private readonly AppDeliveries _deliveries;
    private readonly HotReload _reload;
    private BuildingBlocks _blocks = null!;
    private WebApplication? _server;

    private AppSidecar(SidecarOptions options, RunContext run, ComponentSet components, ResourceSet resources, ResiliencyPolicies policies, ConfigurationSpec configuration)
    {
        Options = options;
        _log = run.Loggers.CreateLogger("sidecar");
        _components = components;
        _jobs = new JobsService(options.AppId, run);
        _httpEndpoints = [.. resources.HttpEndpoints.Where(e => IsInScope(e.Scopes))];
        Configuration = configuration;
        Policies = policies;
        AccessControl = new AccessControl(configuration.AccessControl);
        App = options.AppPort is { } port ? new AppChannel(port, options.AppToken, options.AppHealth, run.Time) : null;
        Publisher = new Publisher(options.AppId, components, run.Time);
        Extended = new ConcurrentDictionary<string, string>(options.Extended);
        Subscriptions = new AppSubscriptions(options.AppId, components, App, Publisher, policies, run) { Declared = Mine(resources.Subscriptions) };
        _outboxes = new Outboxes(options.AppId, components, Publisher, run);
        _deliveries = new AppDeliveries(this, _jobs, new InputBindings(options.AppId, components, policies, _log), _log, _stop.Token);
        _reload = new HotReload(this, _deliveries, run, _log, _stop.Token);
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
    public bool IsReady => IsOutboundReady && _deliveries.AreStarted;

    internal SidecarOptions Options { get; }

    internal ConfigurationSpec Configuration { get; }

    internal ResiliencyPolicies Policies { get; }

    internal AccessControl AccessControl { get; }

    internal AppChannel? App { get; }

    internal Publisher Publisher { get; }

    internal AppSubscriptions Subscriptions { get; }

    internal ActorsService Actors { get; private set; } = null!;

    internal WorkflowsService Workflows { get; private set; } = null!;

    internal BuildingBlocks Blocks => _blocks;

    internal ComponentSet Components => _components;

    internal Outboxes Outboxes => _outboxes;

    internal ConcurrentDictionary<string, string> Extended { get; }

    /// <summary>Why the resources as they are on disk now are not in use: those before still are. Null when they are in use.</summary>
    public string? ReloadFault => _reload.Fault;

    /// <summary>Waits for the app to listen and (again) asks it for its subscriptions. Called after the app was restarted.</summary>
    public Task RestartSubscriptionsAsync()
    {
        App?.Begin();
        return _deliveries.RestartAsync();
    }

    /// <summary>Stops deliveries because the app's process has ended: what was under way is given back to the broker, for the app's next process.</summary>
    public Task EndSubscriptionsAsync()
    {
        App?.End();
        return PauseSubscriptionsAsync();
    }

    /// <summary>Stops deliveries while the app is away: what is under way finishes, the rest waits at the broker.</summary>
    public async Task PauseSubscriptionsAsync()
    {
        await _deliveries.StopAsync().ConfigureAwait(false);
        await TryAsync(_blocks.Configuration.UnsubscribeAllAsync).ConfigureAwait(false);
    }

    /// <summary>Takes up components and subscriptions that have changed on disk; when anything is wrong with them, all stays as it was.</summary>
    internal Task ReloadAsync() => _reload.RunAsync();

    /// <summary>A step on the way down: what it fails with is logged, and the others go on.</summary>
    internal async Task TryAsync(Func<Task> step)
    {
        try
        {
            await step().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Log.StepFailed(_log, AppId, e);
        }
    }

    /// <summary>Stops the APIs, the subscriptions (those under way finish) and the components.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
            return;
        await _stop.CancelAsync().ConfigureAwait(false);
        await _deliveries.EndWatchAsync().ConfigureAwait(false);
        await _reload.EndAsync().ConfigureAwait(false);
        await PauseSubscriptionsAsync().ConfigureAwait(false);
        await TryAsync(() => _outboxes.DisposeAsync().AsTask()).ConfigureAwait(false);
        await TryAsync(() => Subscriptions.StopStreamsAsync()).ConfigureAwait(false);
        await TryAsync(() => Workflows.DisposeAsync().AsTask()).ConfigureAwait(false);
        if (_server is not null)
            await _server.DisposeAsync().ConfigureAwait(false);
        await _reload.RetiredAsync().ConfigureAwait(false);
        await TryAsync(() => _components.DisposeAsync().AsTask()).ConfigureAwait(false);
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

        var policies = new ResiliencyPolicies([.. resources.Resiliencies.Where(r => r.Scopes.Count == 0 || r.Scopes.Contains(options.AppId))], run.Time);
        var components = await ComponentSet.StartAsync(resources.Components, options.AppId, policies, run, cancellationToken).ConfigureAwait(false);
        var sidecar = new AppSidecar(options, run, components, resources, policies, configuration);
        await sidecar._outboxes.StartAsync(cancellationToken).ConfigureAwait(false);
        sidecar.Actors = new ActorsService(sidecar, host, run, sidecar._log);
        sidecar.Workflows = new WorkflowsService(sidecar, run, sidecar._log);
        await sidecar.Workflows.StartAsync().ConfigureAwait(false);
        sidecar._blocks = new BuildingBlocks(sidecar, sidecar.Actors, sidecar.Workflows, sidecar._jobs);
        var http = new SidecarRouter(sidecar, sidecar._blocks, host, forwarder, run);
        var grpc = new GrpcRouter(sidecar, sidecar._blocks, host, sidecar._log);
        await sidecar.ListenAsync(http, grpc, run, cancellationToken).ConfigureAwait(false);
        sidecar.IsOutboundReady = true;
        sidecar._deliveries.Start();
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
            // And who subscribes with a stream may have nothing to say for hours.
            kestrel.Limits.MinRequestBodyDataRate = null;
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

    internal IReadOnlyList<SubscriptionSpec> Mine(IEnumerable<SubscriptionSpec> subscriptions) => [.. subscriptions.Where(s => IsInScope(s.Scopes))];

    private bool IsInScope(IReadOnlyList<string> scopes) => scopes.Count == 0 || scopes.Contains(AppId);
}
