using System.Diagnostics;
using System.Text.Json;
using Deepiri.TestHost;

namespace Deepiri.Bench;

/// <summary>The runner with a target app and a caller that has a sidecar only, on one folder of components.</summary>
internal sealed class BenchRun : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory;
    private readonly Dictionary<string, string> _caller;
    private readonly Dictionary<string, string> _target;

    private BenchRun(TemporaryDirectory directory, int targetPort)
    {
        _directory = directory;
        _caller = EnvironmentOf("caller");
        _target = EnvironmentOf("target");
        Target = new Uri($"http://127.0.0.1:{targetPort}");
    }

    public Uri Target { get; }

    /// <summary>The caller's sidecar, and the token that it wants.</summary>
    public Uri Dapr => new($"http://127.0.0.1:{_caller["DAPR_HTTP_PORT"]}");

    public string DaprToken => _caller["DAPR_API_TOKEN"];

    /// <summary>The target's own sidecar.</summary>
    public Uri TargetDapr => new($"http://127.0.0.1:{_target["DAPR_HTTP_PORT"]}");

    /// <param name="components">The components, as YAML.</param>
    /// <param name="kind">Which app is called: <c>target</c> or <c>sdk-target</c>.</param>
    public static async Task<BenchRun> StartAsync(string components, string kind = "target")
    {
        var directory = new TemporaryDirectory();
        var port = FreePort.Take();
        var folder = Path.GetDirectoryName(directory.Write("components/components.yaml", components))!;
        var template = directory.Write("dapr.yaml", $"""
            version: 1
            common: {"{"}resourcesPaths: [{folder}]{"}"}
            apps:
              - appID: target
                appDirPath: .
                appPort: {port}
                daprHTTPPort: {FreePort.Take()}
                command: [dotnet, {Environment.GetCommandLineArgs()[0]}, {kind}, "{port}"]
              - appID: caller
                appDirPath: .
                daprHTTPPort: {FreePort.Take()}
            """);
        await Shell.RunAsync("chrt", "--batch", "0", "dotnet", PlatformProcess.RunnerPath, "up", "-d", "-f", template, "--data-dir", directory.Folder("data"));
        return new BenchRun(directory, port);
    }

    public HttpClient Client(Uri address)
    {
        var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 256, UseProxy = false }) { BaseAddress = address };
        http.DefaultRequestHeaders.Add("dapr-api-token", address == TargetDapr ? _target["DAPR_API_TOKEN"] : DaprToken);
        return http;
    }

    private Dictionary<string, string> EnvironmentOf(string appId) =>
        File.ReadAllLines(Path.Combine(_directory.Path, "data", "env", $"{appId}.env")).Select(l => l.Split('=', 2)).ToDictionary(p => p[0], p => p[1]);

    public async ValueTask DisposeAsync()
    {
        await Shell.RunAsync("dotnet", PlatformProcess.RunnerPath, "down", "--data-dir", Path.Combine(_directory.Path, "data"));
        _directory.Dispose();
    }
}

/// <summary>Other programs.</summary>
internal static class Shell
{
    /// <summary>Runs a program and returns what it prints.</summary>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Repository.Root })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? await output : throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {await output}{await errors}");
    }
}
