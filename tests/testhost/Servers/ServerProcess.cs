using System.Diagnostics;
using System.Net.Sockets;

namespace Deepiri.TestHost.Servers;

/// <summary>A real server from Debian's packages, on a port of its own with data of its own. It can be killed and started again on that data.</summary>
public abstract class ServerProcess : IAsyncDisposable
{
    private Process? _process;
    private Task<string>? _output;

    protected ServerProcess() => Port = FreePort.Take();

    public int Port { get; }

    protected TemporaryDirectory Directory { get; } = new();

    /// <summary>Starts it, or starts it again; returns when it answers.</summary>
    public async Task StartAsync()
    {
        await PrepareAsync();
        var start = Command();
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        _process = Process.Start(start)!;
        _output = OutputOfAsync(_process);
        await Eventually.AssertAsync(async () =>
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"{start.FileName} ended with {_process.ExitCode}: {await _output}");
            Assert.True(await AnswersAsync());
        }, TimeSpan.FromSeconds(60));
    }

    /// <summary>Ends it as a power cut would.</summary>
    public virtual async Task KillAsync()
    {
        _process!.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        await _output!;
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
            await KillAsync();
        _process?.Dispose();
        Directory.Dispose();
    }

    /// <summary>How it is started.</summary>
    protected abstract ProcessStartInfo Command();

    /// <summary>What is to be done before it starts.</summary>
    protected virtual Task PrepareAsync() => Task.CompletedTask;

    /// <summary>True when it can be used.</summary>
    protected virtual async Task<bool> AnswersAsync()
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", Port);
        return true;
    }

    protected static async Task<string> RunAsync(string file, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = await OutputOfAsync(process);
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{file} ended with {process.ExitCode}: {output}");
    }

    private static async Task<string> OutputOfAsync(Process process)
    {
        var errors = process.StandardError.ReadToEndAsync();
        return await process.StandardOutput.ReadToEndAsync() + await errors;
    }
}
