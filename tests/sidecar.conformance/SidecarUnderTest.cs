using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Deepiri.Sidecar;
using Microsoft.Extensions.Logging.Abstractions;

namespace Deepiri.Sidecar.Conformance;

/// <summary>
/// Sidecars for one test, driven over the wire, beside apps that the test plays: ours in this process, or with <c>DAPRD</c> the real daprd. What
/// only ours can do has the trait <c>sidecar=embedded</c>, and says why.
/// </summary>
public sealed class SidecarUnderTest : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly Dictionary<string, TestApp> _apps = [];
    private readonly Dictionary<string, HttpClient> _clients = [];
    private readonly Dictionary<string, GrpcClient> _channels = [];
    private readonly Dictionary<string, int> _grpcPorts = [];
    private readonly List<DaprdProcess> _daprds = [];
    private SidecarHost? _host;

    public ManualTimeProvider? Clock { get; init; }

    public TemporaryDirectory Directory => _directory;

    /// <summary>Components, subscriptions and endpoints; one file.</summary>
    public void Resources(string yaml) => _directory.Write("resources/resources.yaml", yaml);

    public TestApp App(string appId = "app") => _apps[appId];

    /// <summary>A client of an app's sidecar.</summary>
    public HttpClient Dapr(string appId = "app") => _clients[appId];

    /// <summary>A gRPC channel to an app's sidecar.</summary>
    public GrpcClient Grpc(string appId = "app") => _channels[appId];

    public int GrpcPort(string appId = "app") => _grpcPorts[appId];

    /// <summary>Our own sidecar, for tests with the trait <c>sidecar=embedded</c>.</summary>
    public AppSidecar Find(string appId = "app") => _host?.Find(appId) ?? throw new InvalidOperationException("This test looks into the embedded sidecar; it lacks the trait sidecar=embedded.");

    public bool HasApp(string appId = "app") => _apps.ContainsKey(appId);

    /// <summary>Starts an app before its sidecar, so that the test can say what it answers from the first request on.</summary>
    public async Task AddAppAsync(string appId = "app") => _apps[appId] = await TestApp.StartAsync();

    /// <summary>Starts an app and its sidecar; returns when both are ready; with health checks, at once.</summary>
    public async Task StartAsync(string appId = "app", string? subscriptions = null, string? configuration = null, string? apiToken = null, string? appToken = null, bool withApp = true, long? maxBodySize = null, AppHealthOptions? health = null)
    {
        if (withApp && !HasApp(appId))
            await AddAppAsync(appId);
        if (withApp)
            _apps[appId].Subscriptions = subscriptions ?? _apps[appId].Subscriptions;
        var options = new SidecarOptions
        {
            AppId = appId,
            AppPort = withApp ? _apps[appId].Port : null,
            ResourcesPaths = [_directory.Folder("resources")],
            ConfigFile = configuration is null ? null : _directory.Write($"{appId}.config.yaml", configuration),
            ApiToken = apiToken,
            AppToken = appToken,
            AppHealth = health,
        };
        options = maxBodySize is { } size ? options with { MaxBodySize = size } : options;
        var (http, grpc) = DaprdProcess.Path is null ? await StartOursAsync(options) : await StartDaprdAsync(options);
        _grpcPorts[appId] = grpc;
        _clients[appId] = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{http}") };
        _channels[appId] = new GrpcClient(new Uri($"http://127.0.0.1:{grpc}"), apiToken is null ? null : new Dictionary<string, string> { ["dapr-api-token"] = apiToken });
    }

    /// <summary>Stops all sidecars and begins a new run on the same data; the apps live on.</summary>
    public async Task RestartAsync()
    {
        if (_host is not null)
            await _host.DisposeAsync();
        _host = null;
        foreach (var daprd in _daprds)
            await daprd.DisposeAsync();
        _daprds.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await RestartAsync();
        foreach (var client in _clients.Values)
            client.Dispose();
        foreach (var channel in _channels.Values)
            channel.Dispose();
        foreach (var app in _apps.Values)
            await app.DisposeAsync();
        _directory.Dispose();
    }

    public static StringContent Json(string json, string mediaType = "application/json")
    {
        var content = new StringContent(json, Encoding.UTF8);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(mediaType);
        return content;
    }

    private async Task<(int Http, int Grpc)> StartOursAsync(SidecarOptions options)
    {
        _host ??= NewHost();
        var sidecar = await _host.StartAsync(options);
        if (options.AppHealth is null)
            await Eventually.AssertAsync(() => Assert.True(sidecar.IsReady));
        return (sidecar.HttpPort, sidecar.GrpcPort);
    }

    private async Task<(int Http, int Grpc)> StartDaprdAsync(SidecarOptions options)
    {
        var daprd = await DaprdProcess.StartAsync(options);
        _daprds.Add(daprd);
        return (daprd.HttpPort, daprd.GrpcPort);
    }

    private SidecarHost NewHost() => new(_directory.Folder("data"), NullLoggerFactory.Instance, Clock);
}

/// <summary>What tests assert of answers.</summary>
public static class Answers
{
    public static async Task<string> TextAsync(this Task<HttpResponseMessage> answer) => await (await answer).Content.ReadAsStringAsync();

    public static async Task<JsonElement> JsonAsync(this Task<HttpResponseMessage> answer) => JsonDocument.Parse(await answer.TextAsync()).RootElement;

    public static async Task HasStatusAsync(this Task<HttpResponseMessage> answer, int status)
    {
        using var response = await answer;
        Assert.True((int)response.StatusCode == status, $"expected {status}, got {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
    }

    /// <summary>Dapr's error body, with the reason of its ErrorInfo when it has details.</summary>
    public static async Task IsErrorAsync(this Task<HttpResponseMessage> answer, int status, string code, string message, string? reason = null)
    {
        using var response = await answer;
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == status, $"expected {status}, got {(int)response.StatusCode}: {text}");
        Assert.Equal("application/json", response.Content.Headers.ContentType?.MediaType);
        var body = JsonDocument.Parse(text).RootElement;
        Assert.Equal(code, body.GetProperty("errorCode").GetString());
        Assert.Equal(message, body.GetProperty("message").GetString());
        if (reason is null)
        {
            Assert.False(body.TryGetProperty("details", out _), text);
            return;
        }
        var info = body.GetProperty("details").EnumerateArray().Single(d => d.GetProperty("@type").GetString() == "type.googleapis.com/google.rpc.ErrorInfo");
        Assert.Equal(reason, info.GetProperty("reason").GetString());
        Assert.Equal("dapr.io", info.GetProperty("domain").GetString());
    }
}
