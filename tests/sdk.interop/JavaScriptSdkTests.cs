using System.Diagnostics;
using System.Text.Json;
using Deepiri.Sidecar;
using Deepiri.TestHost.Servers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;

namespace Deepiri.SdkInterop;

/// <summary>Dapr's official JavaScript SDK, unmodified, against our sidecar: as client, as app, with actors and with workflows.</summary>
public sealed class JavaScriptSdkTests(JavaScriptSdkTests.RedisFixture redis) : IClassFixture<JavaScriptSdkTests.RedisFixture>, IAsyncLifetime
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory _directory = new();
    private readonly int _appPort = FreePort.Take();
    private SidecarHost _sidecars = null!;
    private AppSidecar _sidecar = null!;
    private TestApp _target = null!;

    public async Task InitializeAsync()
    {
        _directory.Write("secrets.json", """{"password":"geheim"}""");
        _directory.Write("resources/components.yaml", $$"""
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: store}
            spec:
              type: state.sqlite
              version: v1
              metadata:
                - {name: connectionString, value: "{{_directory.Path}}/state.db"}
                - {name: actorStateStore, value: "true"}
            ---
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: pubsub}
            spec:
              type: pubsub.sqlite
              version: v1
              metadata:
                - {name: connectionString, value: "{{_directory.Path}}/pubsub.db"}
                - {name: redeliverInterval, value: 100ms}
            ---
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: secrets}
            spec:
              type: secretstores.local.file
              version: v1
              metadata:
                - {name: secretsFile, value: "{{_directory.Path}}/secrets.json"}
            ---
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: files}
            spec: {type: bindings.localstorage, version: v1, metadata: [{name: rootPath, value: files}]}
            ---
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: ticks}
            spec: {type: bindings.cron, version: v1, metadata: [{name: schedule, value: "@every 1s"}]}
            ---
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: locks}
            spec: {type: lock.redis, version: v1, metadata: [{name: redisHost, value: "{{redis.Server.Address}}"}]}
            ---
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: settings}
            spec: {type: configuration.redis, version: v1, metadata: [{name: redisHost, value: "{{redis.Server.Address}}"}]}
            """);
        await redis.Server.ExecuteAsync("FLUSHALL");
        await redis.Server.ExecuteAsync("SET", "color", "blue||3");
        _sidecars = new SidecarHost(_directory.Folder("data"), NullLoggerFactory.Instance);
        _target = await TestApp.StartAsync();
        _target.Answer = async (context, request) =>
        {
            context.Response.ContentType = "application/json";
            var name = request.Body.Length > 0 && JsonDocument.Parse(request.Body).RootElement.TryGetProperty("name", out var said) ? said.GetString() : "nobody";
            await context.Response.WriteAsync($$"""{"greeting":"Hello {{name}}"}""");
        };
        await _sidecars.StartAsync(Options("target", _target.Port));
        _sidecar = await _sidecars.StartAsync(Options("app", _appPort) with { ApiToken = "token" });
    }

    public async Task DisposeAsync()
    {
        await _sidecars.DisposeAsync();
        await _target.DisposeAsync();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("http", "state")]
    [InlineData("http", "transaction")]
    [InlineData("http", "secrets")]
    [InlineData("http", "publish")]
    [InlineData("http", "invoke")]
    [InlineData("http", "metadata")]
    [InlineData("http", "binding")]
    [InlineData("http", "lock")]
    [InlineData("grpc", "binding")]
    [InlineData("grpc", "lock")]
    [InlineData("grpc", "configuration")]
    [InlineData("grpc", "state")]
    [InlineData("grpc", "transaction")]
    [InlineData("grpc", "secrets")]
    [InlineData("grpc", "publish")]
    [InlineData("grpc", "invoke")]
    [InlineData("grpc", "metadata")]
    public Task As_a_client(string protocol, string building) => RunAsync("client.mjs", protocol, building);

    [Theory]
    [InlineData("subscriber")]
    [InlineData("invoked")]
    [InlineData("bulk")]
    [InlineData("bound")]
    [InlineData("actors")]
    public Task As_an_app(string role) => RunAsync("server.mjs", role);

    [Fact]
    public Task With_its_own_workflow_runtime() => RunAsync("workflow.mjs");

    private SidecarOptions Options(string appId, int port) => new() { AppId = appId, AppPort = port, ResourcesPaths = [_directory.Folder("resources")] };

    private async Task RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("node", arguments) { WorkingDirectory = Repository.PathOf("tests", "sdk.interop", "js"), RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["DAPR_HTTP_PORT"] = $"{_sidecar.HttpPort}";
        start.Environment["DAPR_GRPC_PORT"] = $"{_sidecar.GrpcPort}";
        start.Environment["DAPR_API_TOKEN"] = "token";
        start.Environment["APP_PORT"] = $"{_appPort}";
        start.Environment["REDIS_PORT"] = $"{redis.Server.Port}";
        using var node = Process.Start(start)!;
        var (output, errors) = (node.StandardOutput.ReadToEndAsync(), node.StandardError.ReadToEndAsync());
        using var patience = new CancellationTokenSource(s_patience);
        try
        {
            await node.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            node.Kill(entireProcessTree: true);
        }
        await node.WaitForExitAsync();
        Assert.True(node.ExitCode == 0, $"node {string.Join(' ', arguments)} ended with {node.ExitCode}:\n{await output}\n{await errors}");
    }

    public sealed class RedisFixture : IAsyncLifetime
    {
        public RedisServer Server { get; } = new();

        public Task InitializeAsync() => Server.StartAsync();

        public Task DisposeAsync() => Server.DisposeAsync().AsTask();
    }
}
