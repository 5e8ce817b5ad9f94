using System.Net;
using Deepiri.Sidecar;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Deepiri.TestHost;

/// <summary>An app built with the SDK, beside a sidecar, both in the test's process.</summary>
public sealed class SdkApp : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private SidecarHost? _sidecars;
    private WebApplication? _app;
    private int _port;

    public IServiceProvider Services => _app!.Services;

    /// <summary>Type and metadata of the store that keeps actors and workflows; SQLite by default.</summary>
    public (string Type, string Metadata)? Store { get; init; }

    /// <summary>The <c>spec</c> of the app's Configuration, in YAML's flow style.</summary>
    public string? Configuration { get; set; }

    public AppSidecar Sidecar { get; private set; } = null!;

    /// <summary>Starts both; called again, it starts a new run on the same data.</summary>
    /// <param name="configure">The app's services; it is given the sidecar's ports.</param>
    /// <param name="map">The app's endpoints.</param>
    public async Task StartAsync(Action<IServiceCollection, AppSidecar> configure, Action<WebApplication> map)
    {
        var (type, metadata) = Store ?? ("state.sqlite", $"{{name: connectionString, value: \"{_directory.Path}/state.db\"}}");
        _directory.Write("resources/store.yaml",
            $"apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata: {{name: store}}\nspec: {{type: {type}, version: v1, metadata: [{metadata}, {{name: actorStateStore, value: 'true'}}]}}\n");
        _port = FreePort.Take();
        _sidecars = new SidecarHost(_directory.Folder("data"), NullLoggerFactory.Instance);
        Sidecar = await _sidecars.StartAsync(new SidecarOptions
        {
            AppId = "app", AppPort = _port, ResourcesPaths = [_directory.Folder("resources")], ApiToken = "token",
            ConfigFile = Configuration is null ? null : _directory.Write("config.yaml", $"apiVersion: dapr.io/v1alpha1\nkind: Configuration\nmetadata: {{name: app}}\nspec: {Configuration}\n"),
        });
        await StartAppAsync(configure, map);
        await Eventually.AssertAsync(() => Assert.True(Sidecar.IsReady));
    }

    /// <summary>Ends the app and starts it again beside the same sidecar.</summary>
    public async Task RestartAppAsync(Action<IServiceCollection, AppSidecar> configure, Action<WebApplication> map)
    {
        await _app!.DisposeAsync();
        await StartAppAsync(configure, map);
    }

    private Task StartAppAsync(Action<IServiceCollection, AppSidecar> configure, Action<WebApplication> map)
    {
        var builder = WebApplication.CreateSlimBuilder([$"--DAPR_GRPC_PORT={Sidecar.GrpcPort}", "--DAPR_API_TOKEN=token"]);
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, _port));
        configure(builder.Services, Sidecar);
        _app = builder.Build();
        map(_app);
        return _app.StartAsync();
    }

    public async Task StopAsync()
    {
        if (_sidecars is not null)
            await _sidecars.DisposeAsync();
        if (_app is not null)
            await _app.DisposeAsync();
        (_sidecars, _app) = (null, null);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _directory.Dispose();
    }
}
