using System.Diagnostics;

namespace Deepiri.Sidecar.Conformance;

/// <summary>
/// The real daprd in place of our sidecar, started with the flags that the Dapr CLI passes. <c>DAPRD</c> names the binary;
/// <c>DAPR_PLACEMENT_HOST_ADDRESS</c> and <c>DAPR_SCHEDULER_HOST_ADDRESS</c> a control plane, for what needs one.
/// </summary>
internal sealed class DaprdProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly (string Variable, string Flag)[] s_controlPlane = [("DAPR_PLACEMENT_HOST_ADDRESS", "--placement-host-address"), ("DAPR_SCHEDULER_HOST_ADDRESS", "--scheduler-host-address")];

    private readonly Process _process;
    private readonly Task<string> _output;

    private DaprdProcess(Process process)
    {
        _process = process;
        _output = ReadAsync(process);
    }

    /// <summary>The binary; null when the tests run against our sidecar.</summary>
    public static string? Path => Environment.GetEnvironmentVariable("DAPRD") is { Length: > 0 } path ? path : null;

    public int HttpPort { get; private init; }

    public int GrpcPort { get; private init; }

    /// <summary>Starts it and waits until it can be used.</summary>
    public static async Task<DaprdProcess> StartAsync(SidecarOptions options)
    {
        var (http, grpc) = (FreePort.Take(), FreePort.Take());
        var start = new ProcessStartInfo(Path!, [.. Flags(options, http, grpc)]) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (options.ApiToken is { } token)
            start.Environment["DAPR_API_TOKEN"] = token;
        if (options.AppToken is { } appToken)
            start.Environment["APP_API_TOKEN"] = appToken;
        var daprd = new DaprdProcess(Process.Start(start)!) { HttpPort = http, GrpcPort = grpc };
        try
        {
            await daprd.WaitUntilReadyAsync(options);
            return daprd;
        }
        catch
        {
            await daprd.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        await _output;
        _process.Dispose();
    }

    private static IEnumerable<string> Flags(SidecarOptions options, int http, int grpc)
    {
        yield return "--app-id";
        yield return options.AppId;
        yield return "--dapr-http-port";
        yield return $"{http}";
        yield return "--dapr-grpc-port";
        yield return $"{grpc}";
        yield return "--dapr-internal-grpc-port";
        yield return $"{FreePort.Take()}";
        yield return "--metrics-port";
        yield return $"{FreePort.Take()}";
        yield return "--max-body-size";
        yield return $"{options.MaxBodySize}";
        foreach (var path in options.ResourcesPaths)
        {
            yield return "--resources-path";
            yield return path;
        }
        if (options.AppPort is { } port)
        {
            foreach (var flag in (string[])["--app-port", $"{port}", "--app-protocol", "http", "--app-channel-address", "127.0.0.1"])
                yield return flag;
        }
        if (options.ConfigFile is { } config)
        {
            yield return "--config";
            yield return config;
        }
        foreach (var (variable, flag) in s_controlPlane)
        {
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } address)
            {
                yield return flag;
                yield return address;
            }
        }
    }

    private async Task WaitUntilReadyAsync(SidecarOptions options)
    {
        using var client = new HttpClient();
        await Eventually.AssertAsync(async () =>
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"daprd ended with {_process.ExitCode}: {await _output}");
            using var answer = await client.GetAsync($"http://127.0.0.1:{HttpPort}/v1.0/healthz{(options.AppPort is null ? "/outbound" : "")}");
            answer.EnsureSuccessStatusCode();
        }, s_patience);
    }

    private static async Task<string> ReadAsync(Process process)
    {
        var errors = process.StandardError.ReadToEndAsync();
        return await process.StandardOutput.ReadToEndAsync() + await errors;
    }
}
