using System.ComponentModel;
using System.Diagnostics;
using Deepiri.CodeExecution.Toolchains;
using Microsoft.Extensions.Logging;

namespace Deepiri.CodeExecution;

/// <summary>
/// Runs a command with nothing but itself around it, through bubblewrap (<c>bwrap</c>): no network, no other processes, no files but
/// the system's programs and its own directory, all read-only. See docs/decisions/0013.
/// </summary>
internal sealed partial class Sandbox : IDisposable
{
    /// <summary>Where the working directory is, seen from inside.</summary>
    private const string Inside = "/solution";

    private const string Filter = "filter.bpf";

    /// <summary>What runtimes and the C library need beside what a solution allocates.</summary>
    private const int OwnDataMegabytes = 128;

    private const int MostFiles = 256;
    private const int MostThreads = 128;
    private static readonly TimeSpan s_pause = TimeSpan.FromMinutes(1);

    /// <summary>Older kernels count a user's threads outside of the sandbox, too. What runs as root is not counted at all.</summary>
    private static readonly bool s_countsPerNamespace = Environment.OSVersion.Version >= new Version(5, 14);

    private static readonly string[] s_systemDirectories = ["/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/alternatives"];
    private readonly string? _bubblewrap = Programs.Find("bwrap");
    private readonly string? _prlimit = Programs.Find("prlimit");
    private readonly string? _timeout = Programs.Find("timeout");
    private readonly CodeExecutionOptions _limits;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly SemaphoreSlim _trying = new(1);
    private readonly bool _isInstalled;
    private volatile bool _works;
    private long? _triedAt;

    public Sandbox(CodeExecutionOptions limits, TimeProvider time, ILogger log)
    {
        (_limits, _time, _log) = (limits, time, log);
        _isInstalled = _bubblewrap is not null && _prlimit is not null && _timeout is not null && SystemCallFilter.Bytes is not null;
        if (!_isInstalled)
            Unavailable(log, "bwrap, prlimit or timeout is not installed, or the processor is neither x64 nor arm64");
    }

    /// <summary>Whether this machine has what a sandbox needs, and lets this user have one. One that fails is tried again after a while: the machine may only have been short of something.</summary>
    public async Task<bool> IsAvailableAsync()
    {
        if (_works || !_isInstalled)
            return _works;
        await _trying.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!_works && (_triedAt is not { } at || _time.GetElapsedTime(at) >= s_pause))
            {
                _works = await TryAsync().ConfigureAwait(false);
                _triedAt = _time.GetTimestamp();
            }
            return _works;
        }
        finally
        {
            _trying.Release();
        }
    }

    public void Dispose() => _trying.Dispose();

    /// <summary>What starts the command in a sandbox, or as it is, with limits, where there is none.</summary>
    public async Task<ProcessStartInfo> WrapAsync(Command command, string directory)
    {
        var isIsolated = await IsAvailableAsync().ConfigureAwait(false);
        return await WrapAsync(command, directory, isIsolated).ConfigureAwait(false);
    }

    private async Task<bool> TryAsync()
    {
        try
        {
            using var directory = new RunDirectory(_limits.Directory, _log);
            var nothing = new Command(Programs.Find("true") ?? "true", [], new Dictionary<string, string>());
            using var process = Process.Start(await WrapAsync(nothing, directory.Path, isIsolated: true).ConfigureAwait(false))!;
            process.StandardInput.Close();
            var said = await process.StandardError.ReadToEndAsync().ConfigureAwait(false);
            await process.WaitForExitAsync().ConfigureAwait(false);
            if (process.ExitCode != 0)
                Unavailable(_log, said.Trim());
            return process.ExitCode == 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Win32Exception)
        {
            Unavailable(_log, e.Message);
            return false;
        }
    }

    private async Task<ProcessStartInfo> WrapAsync(Command command, string directory, bool isIsolated)
    {
        // The limits come first: bubblewrap itself, within reach of what it starts, is bound by them, too.
        string[] words = [.. Deadline(), .. Limits(command), .. isIsolated ? Isolation(command, directory) : [], command.FileName, .. command.Arguments];
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
            .. s_countsPerNamespace ? (string[])[_prlimit!, $"--nproc={MostThreads}"] : [],
        ];
    }

    private IEnumerable<string> Limits(Command command)
    {
        if (_prlimit is null)
            return [];
        return [_prlimit, $"--cpu={_limits.CpuSeconds}", "--core=0", "--fsize=0", $"--nofile={MostFiles}", $"--data={Bytes(_limits.MemoryMegabytes + OwnDataMegabytes)}", $"--as={Bytes(_limits.MemoryMegabytes + command.ReservedMegabytes)}"];
    }

    private static long Bytes(int megabytes) => megabytes * 1024L * 1024;

    [LoggerMessage(Level = LogLevel.Warning, Message = "There is no sandbox here, so only solutions of the platform's own challenges are run: {Reason}")]
    private static partial void Unavailable(ILogger log, string reason);
}
