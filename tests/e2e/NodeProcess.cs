using System.Diagnostics;
using System.Text.Json;

namespace Deepiri.E2E;

/// <summary>A script of tests/e2e/js, run with the packages that its users would run.</summary>
internal sealed class NodeProcess : IAsyncDisposable
{
    private readonly Process _process;

    private NodeProcess(Process process) => _process = process;

    public static NodeProcess Start(string script, params string[] arguments) => new(Process.Start(
        new ProcessStartInfo("node", [Repository.PathOf("tests", "e2e", "js", script), .. arguments]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!);

    /// <summary>The next line that the script prints.</summary>
    public async Task<JsonElement> NextAsync()
    {
        var line = await _process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(15))
            ?? throw new InvalidOperationException($"The script has ended: {await _process.StandardError.ReadToEndAsync()}");
        return JsonDocument.Parse(line).RootElement;
    }

    /// <summary>The next line about a target.</summary>
    public async Task<JsonElement> NextAsync(string target)
    {
        while (true)
        {
            var message = await NextAsync();
            if (message.GetProperty("target").GetString() == target)
                return message;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(TimeSpan.FromSeconds(5)))
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
