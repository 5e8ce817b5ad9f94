using System.Net;
using Deepiri.Sidecar;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Deepiri.SdkTests;

/// <summary>An app built with the SDK, beside a sidecar, both in the test's process.</summary>
internal sealed class SdkApp : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private SidecarHost? _sidecars;
    private WebApplication? _app;

    public IServiceProvider Services => _app!.Services;

    public AppSidecar Sidecar { get; private set; } = null!;

    /// <summary>Starts both; called again, it starts a new run on the same data.</summary>
    /// <param name="configure">The app's services; it is given the sidecar's ports.</param>
    /// <param name="map">The app's endpoints.</param>
    public async Task StartAsync(Action<IServiceCollection, AppSidecar> configure, Action<WebApplication> map)
    {
        _directory.Write("resources/store.yaml", $$"""
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: store}
            spec:
              type: state.sqlite
              version: v1
              metadata:
                - {name: connectionString, value: "{{_directory.Path}}/state.db"}
                - {name: actorStateStore, value: "true"}
            """);
        var port = FreePort.Take();
        _sidecars = new SidecarHost(_directory.Folder("data"), NullLoggerFactory.Instance);
        Sidecar = await _sidecars.StartAsync(new SidecarOptions { AppId = "app", AppPort = port, ResourcesPaths = [_directory.Folder("resources")], ApiToken = "token" });
        var builder = WebApplication.CreateSlimBuilder([$"--DAPR_GRPC_PORT={Sidecar.GrpcPort}", "--DAPR_API_TOKEN=token"]);
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, port));
        configure(builder.Services, Sidecar);
        _app = builder.Build();
        map(_app);
        await _app.StartAsync();
        await Eventually.AssertAsync(() => Assert.True(Sidecar.IsReady));
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
