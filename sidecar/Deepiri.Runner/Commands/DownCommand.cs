using System.CommandLine;
using System.Diagnostics;
using Deepiri.Runner.Running;

namespace Deepiri.Runner.Commands;

/// <summary><c>deepiri down</c>: returns when no process of the run is left.</summary>
internal static class DownCommand
{
    /// <summary>Longer than deliveries take to drain (30 s) and apps to end (8 s).</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    public static Command Create()
    {
        var command = new Command("down", "Stop the platform");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var directory = CommonOptions.DataDirectoryOf(parsed);
            using var client = RunClient.Find(directory);
            if (client is not null && await StopAsync(client, directory, cancellationToken))
                return 0;
            Console.WriteLine($"No platform runs in {directory}.");
            return 0;
        });
        return command;
    }

    /// <summary>Ends a run; false when it had ended already.</summary>
    public static async Task<bool> StopAsync(RunClient client, string dataDirectory, CancellationToken cancellationToken)
    {
        if (!await client.RequestStopAsync(cancellationToken))
        {
            File.Delete(RunFile.PathIn(dataDirectory));
            return false;
        }
        var waited = Stopwatch.StartNew();
        while (IsRunning(client.Pid) && waited.Elapsed < s_patience)
            await Task.Delay(25, cancellationToken);
        if (!IsRunning(client.Pid))
            return true;
        // Its guard ends the apps.
        using var process = Process.GetProcessById(client.Pid);
        process.Kill();
        await process.WaitForExitAsync(cancellationToken);
        return true;
    }

    private static bool IsRunning(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
