using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Deepiri.Runner.Running;

/// <summary>A process started as the leader of its own group, so that its whole tree can be ended at once.</summary>
internal sealed partial class ProcessGroup : IDisposable
{
    private const int SigTerm = 15;
    private const int SigKill = 9;

    private readonly Guard _guard;
    private readonly Process _process;
    private readonly Task _exited;

    private ProcessGroup(Process process, Guard guard)
    {
        _process = process;
        _guard = guard;
        Id = process.Id;
        // Asked for once: who stops the group may come when its owner has let the process go already.
        _exited = process.WaitForExitAsync();
    }

    public int Id { get; }

    public StreamReader Output => _process.StandardOutput;

    public StreamReader Errors => _process.StandardError;

    /// <summary>Starts a command; it begins to run only when the guard knows it, so that no kill of the runner can orphan it.</summary>
    public static ProcessGroup Start(IReadOnlyList<string> command, string directory, IReadOnlyDictionary<string, string> environment, Guard guard)
    {
        var start = new ProcessStartInfo("setsid", ["sh", "-c", "read -r go && exec \"$@\" </dev/null", "sh", .. command])
        {
            WorkingDirectory = directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var process = Process.Start(start) ?? throw new InvalidOperationException($"'{command[0]}' did not start.");
        guard.Add(process.Id);
        process.StandardInput.WriteLine("go");
        process.StandardInput.Close();
        return new ProcessGroup(process, guard);
    }

    /// <summary>The exit code, when it has ended.</summary>
    public async Task<int> WaitAsync()
    {
        await _exited.ConfigureAwait(false);
        // Whatever the app itself started goes with it.
        Signal(SigKill);
        _guard.Remove(Id);
        return _process.ExitCode;
    }

    /// <summary>Asks the group to end and, after the grace period, makes it.</summary>
    public async Task StopAsync(TimeSpan grace)
    {
        Signal(SigTerm);
        try
        {
            await _exited.WaitAsync(grace).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Signal(SigKill);
            await _exited.ConfigureAwait(false);
        }
    }

    public void Dispose() => _process.Dispose();

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);

    /// <summary>A group that has ended already is what the caller wanted.</summary>
    private void Signal(int signal) => _ = Kill(-Id, signal);
}
