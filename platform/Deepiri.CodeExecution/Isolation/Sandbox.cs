using System.Diagnostics;
using Deepiri.CodeExecution.Toolchains;

namespace Deepiri.CodeExecution.Isolation;

/// <summary>
/// Builds the command line that runs a program with nothing but itself around it, through bubblewrap (<c>bwrap</c>): no network, no other
/// processes, no files but the system's programs and its own directory, all read-only, as an unprivileged user. docs/security.md lists what
/// each part protects from and the test that proves it.
/// </summary>
internal sealed class Sandbox(CodeExecutionOptions limits)
{
    /// <summary>The working directory as the sandboxed program sees it.</summary>
    private const string Inside = "/solution";

    private const string Filter = "filter.bpf";

    /// <summary>Data memory for runtimes and the C library, beside what a solution allocates.</summary>
    public const int RuntimeDataMegabytes = 128;

    public const int MaxThreads = 128;

    private const int MaxFiles = 256;

    /// <summary>Users that nobody else is: Debian reserves 65000 to 65533. Each run has one of its own, so that its threads are counted alone.</summary>
    private const int FirstUser = 65_000;

    private const int Users = 500;

    private static readonly bool s_isRoot = Environment.IsPrivilegedProcess;

    /// <summary>For ordinary users, older kernels count the threads outside of the sandbox as well.</summary>
    private static readonly bool s_countsThreads = s_isRoot || Environment.OSVersion.Version >= new Version(5, 14);

    private static readonly string[] s_systemDirectories = ["/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/alternatives"];

    private readonly string? _prlimit = Programs.Find("prlimit");
    private readonly string? _timeout = Programs.Find("timeout");
    private readonly string? _setpriv = Programs.Find("setpriv");

    /// <summary>The path of bubblewrap; null where it is not installed.</summary>
    internal string? Bubblewrap { get; init; } = Programs.Find("bwrap");

    /// <summary>Changes the command line of an isolated run; only the tests of the checks do, to take one protection away.</summary>
    internal Func<string[], string[]> Edit { get; init; } = words => words;

    /// <summary>What is missing for a sandbox on this machine; null when all of it is there.</summary>
    public string? Missing
    {
        get
        {
            if (Bubblewrap is null)
                return "bubblewrap (bwrap) is not installed";
            if (_prlimit is null || _setpriv is null)
                return "prlimit or setpriv (util-linux) is not installed";
            if (_timeout is null)
                return "timeout (coreutils) is not installed";
            return SystemCallFilter.Bytes is null ? "there is a system call filter for x64 and arm64 processors only" : null;
        }
    }

    /// <summary>Changes when one of the programs that make the sandbox, or the kernel, is replaced.</summary>
    public string Fingerprint => string.Join('\n', new[] { Bubblewrap, _prlimit, _setpriv, _timeout }.OfType<string>().Select(Version).Append(File.ReadAllText("/proc/version")));

    /// <summary>What starts the command: in a sandbox, or with limits only.</summary>
    public async Task<ProcessStartInfo> WrapAsync(Command command, RunDirectory directory, bool isIsolated)
    {
        // The limits come first: bubblewrap itself, within reach of what it starts, is bound by them, too.
        string[] words = [.. Deadline(), .. Limits(command), .. isIsolated ? Isolation(command, directory) : [], command.FileName, .. command.Arguments];
        if (isIsolated)
        {
            directory.MakeReadable();
            var filter = Path.Combine(directory.Path, Filter);
            await File.WriteAllBytesAsync(filter, SystemCallFilter.Bytes!).ConfigureAwait(false);
            // Bubblewrap takes the filter as an open file, which only a shell can hand on.
            words = ["/bin/sh", "-c", "exec \"$@\" 3<\"$0\"", filter, .. Edit(words)];
        }
        var start = new ProcessStartInfo(words[0], words[1..]) { WorkingDirectory = directory.Solution, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
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
    private string[] Deadline() => _timeout is null ? [] : [_timeout, "--signal=KILL", $"{Math.Ceiling(limits.WallTime.TotalSeconds) + 1}"];

    private IEnumerable<string> Limits(Command command)
    {
        if (_prlimit is null)
            return [];
        return
        [
            _prlimit, $"--cpu={limits.CpuSeconds}", "--core=0", "--fsize=0", $"--nofile={MaxFiles}",
            $"--data={Bytes(limits.MemoryMegabytes + RuntimeDataMegabytes)}", $"--as={Bytes(limits.MemoryMegabytes + command.ReservedMegabytes)}",
        ];
    }

    private IEnumerable<string> Isolation(Command command, RunDirectory directory)
    {
        // A program outside the system's directories (an SDK in a home directory) brings its own.
        var own = Path.GetDirectoryName(new FileInfo(command.FileName).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? command.FileName)!;
        string[] visible = [.. s_systemDirectories.Append(own).Concat(command.Needs).Distinct()];
        return
        [
            Bubblewrap!, "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try", "--die-with-parent", "--new-session",
            "--cap-drop", "ALL", .. s_isRoot ? BecomesAnotherUser() : ["--unshare-user"], "--seccomp", "3",
            .. visible.SelectMany(Parents).Distinct().SelectMany(path => (string[])["--perms", "0755", "--dir", path]),
            .. visible.SelectMany(path => (string[])["--ro-bind-try", path, path]),
            "--proc", "/proc", "--dev", "/dev", "--ro-bind", directory.Solution, Inside, "--chdir", Inside,
            "--remount-ro", "/proc", "--remount-ro", "/dev", "--remount-ro", "/",
            .. s_countsThreads ? (string[])[_prlimit!, $"--nproc={MaxThreads}"] : [], .. s_isRoot ? UnprivilegedUser() : [],
        ];
    }

    /// <summary>
    /// User 0 of a user namespace of its own would still be user 0 to files of the kernel. A service that runs as root therefore makes no such
    /// namespace: setpriv, inside the sandbox, becomes a user whom the namespace of the host knows as unprivileged.
    /// </summary>
    private static string[] BecomesAnotherUser() => ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_SETPCAP"];

    private string[] UnprivilegedUser()
    {
        var user = FirstUser + Random.Shared.Next(Users);
        return [_setpriv!, $"--reuid={user}", $"--regid={user}", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"];
    }

    /// <summary>The directories above a path, from the top. Bubblewrap would make those that are missing for itself alone.</summary>
    private static IEnumerable<string> Parents(string path) =>
        Path.GetDirectoryName(path) is { Length: > 1 } parent ? Parents(parent).Append(parent) : [];

    private static long Bytes(int megabytes) => megabytes * 1024L * 1024;

    private static string Version(string program)
    {
        var file = new FileInfo(program);
        return $"{program} {(file.Exists ? $"{file.Length} {file.LastWriteTimeUtc.Ticks}" : "is gone")}";
    }
}
