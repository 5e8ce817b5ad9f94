using System.Diagnostics;
using Deepiri.CodeExecution.Toolchains;
using Microsoft.Extensions.Logging;

namespace Deepiri.CodeExecution;

/// <summary>
/// Runs a command with nothing but itself around it, through bubblewrap (<c>bwrap</c>): no network, no other processes, no files but
/// the system's programs and its own directory, all read-only. See docs/decisions/0013.
/// </summary>
internal sealed partial class Sandbox
{
    /// <summary>Where the working directory is, seen from inside.</summary>
    private const string Inside = "/solution";

    private const string Filter = "filter.bpf";

    /// <summary>What runtimes and the C library need beside what a solution allocates.</summary>
    private const int OwnDataMegabytes = 128;

    private static readonly string[] s_systemDirectories = ["/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/alternatives"];
    private readonly string? _bubblewrap = Programs.Find("bwrap");
    private readonly string? _prlimit = Programs.Find("prlimit");
    private readonly string? _timeout = Programs.Find("timeout");
    private readonly CodeExecutionOptions _limits;
    private readonly Lazy<Task<bool>> _isAvailable;

    public Sandbox(CodeExecutionOptions limits, ILogger log)
    {
        _limits = limits;
        _isAvailable = new(() => TryAsync(log));
    }

    /// <summary>Whether this machine has what a sandbox needs, and lets this user have one; tried once.</summary>
    public Task<bool> IsAvailableAsync() => _isAvailable.Value;

    /// <summary>What starts the command in a sandbox, or as it is, with limits, where there is none.</summary>
    public async Task<ProcessStartInfo> WrapAsync(Command command, string directory)
    {
        var isIsolated = await IsAvailableAsync().ConfigureAwait(false);
        return await WrapAsync(command, directory, isIsolated).ConfigureAwait(false);
    }

    private async Task<bool> TryAsync(ILogger log)
    {
        if (_bubblewrap is null || _prlimit is null || _timeout is null || Programs.Find("true") is not { } nothing || SystemCallFilter.Bytes is null)
        {
            Unavailable(log, "bwrap, prlimit or timeout is not installed, or the processor is neither x64 nor arm64");
            return false;
        }
        using var directory = new RunDirectory(_limits.Directory, log);
        using var process = Process.Start(await WrapAsync(new Command(nothing, [], new Dictionary<string, string>()), directory.Path, isIsolated: true).ConfigureAwait(false))!;
        process.StandardInput.Close();
        var said = await process.StandardError.ReadToEndAsync().ConfigureAwait(false);
        await process.WaitForExitAsync().ConfigureAwait(false);
        if (process.ExitCode != 0)
            Unavailable(log, said.Trim());
        return process.ExitCode == 0;
    }

    private async Task<ProcessStartInfo> WrapAsync(Command command, string directory, bool isIsolated)
    {
        string[] words = [.. Deadline(), .. isIsolated ? Isolation(command, directory) : [], .. Limits(command), command.FileName, .. command.Arguments];
        if (isIsolated)
        {
            var filter = Path.Combine(directory, Filter);
            await File.WriteAllBytesAsync(filter, SystemCallFilter.Bytes!).ConfigureAwait(false);
            // Bubblewrap takes the filter as an open file, which only a shell can hand on.
            words = ["/bin/sh", "-c", "exec \"$@\" 3<\"$0\"", filter, .. words];
        }
        var start = new ProcessStartInfo(words[0], words[1..]) { WorkingDirectory = directory, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
        foreach (var (name, value) in command.Environment)
            start.Environment[name] = value;
        start.Environment["PATH"] = "/usr/bin:/bin";
        return start;
    }

    /// <summary>
    /// Ends a run whose service has been killed. It stands outside, since bubblewrap's --die-with-parent means the thread that started
    /// the process: those of this process's pool come and go, timeout has one.
    /// </summary>
    private string[] Deadline() => _timeout is null ? [] : [_timeout, "--signal=KILL", $"{Math.Ceiling(_limits.WallTime.TotalSeconds) + 1}"];

    private IEnumerable<string> Isolation(Command command, string directory)
    {
        // A program outside the system's directories (an SDK in a home directory) brings its own.
        var own = Path.GetDirectoryName(new FileInfo(command.FileName).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? command.FileName)!;
        var visible = s_systemDirectories.Append(own).Concat(command.Needs).Distinct().SelectMany(path => (string[])["--ro-bind-try", path, path]);
        return
        [
            _bubblewrap!, "--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--seccomp", "3", "--proc", "/proc", "--dev", "/dev", .. visible,
            "--ro-bind", directory, Inside, "--chdir", Inside, "--remount-ro", "/dev", "--remount-ro", "/",
        ];
    }

    private IEnumerable<string> Limits(Command command)
    {
        if (_prlimit is null)
            return [];
        string[] always = [_prlimit, $"--cpu={_limits.CpuSeconds}", "--core=0", "--fsize=0", $"--data={Bytes(_limits.MemoryMegabytes + OwnDataMegabytes)}"];
        return command.ReservedMegabytes is { } reserved ? [.. always, $"--as={Bytes(_limits.MemoryMegabytes + reserved)}"] : always;
    }

    private static long Bytes(int megabytes) => megabytes * 1024L * 1024;

    [LoggerMessage(Level = LogLevel.Warning, Message = "There is no sandbox here, so only solutions of the platform's own challenges are run: {Reason}")]
    private static partial void Unavailable(ILogger log, string reason);
}
