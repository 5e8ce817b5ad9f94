using System.Diagnostics;
using Deepiri.CodeExecution.Toolchains;

namespace Deepiri.CodeExecution;

/// <summary>
/// Runs a command with nothing but itself around it, through bubblewrap (<c>bwrap</c>): no network, no other processes, no files but
/// the system's programs and its own directory, both read-only. See docs/decisions/0013.
/// </summary>
internal sealed class Sandbox
{
    /// <summary>Where the working directory is, seen from inside.</summary>
    private const string Inside = "/solution";

    private static readonly string[] s_systemDirectories = ["/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/alternatives"];
    private readonly string? _bubblewrap = Programs.Find("bwrap");
    private readonly string? _limits = Programs.Find("prlimit");
    private readonly string? _timeout = Programs.Find("timeout");

    public bool IsAvailable => _bubblewrap is not null && _limits is not null;

    public ProcessStartInfo Wrap(Command command, string directory, CodeExecutionOptions limits)
    {
        var start = new ProcessStartInfo { WorkingDirectory = directory, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment.Clear();
        foreach (var (name, value) in command.Environment)
            start.Environment[name] = value;
        start.Environment["PATH"] = "/usr/bin:/bin";
        string[] words = [.. Isolation(command, directory), .. Limits(command, limits), .. Deadline(limits), command.FileName, .. command.Arguments];
        start.FileName = words[0];
        foreach (var word in words.Skip(1))
            start.ArgumentList.Add(word);
        return start;
    }

    private IEnumerable<string> Isolation(Command command, string directory)
    {
        if (!IsAvailable)
            yield break;
        string[] fixedWords = [_bubblewrap!, "--unshare-all", "--new-session", "--cap-drop", "ALL", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"];
        foreach (var word in fixedWords)
            yield return word;
        // A program outside the system's directories (an SDK in a home directory) brings its own.
        var own = Path.GetDirectoryName(new FileInfo(command.FileName).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? command.FileName)!;
        foreach (var visible in s_systemDirectories.Append(own).Concat(command.Needs).Distinct())
        {
            yield return "--ro-bind-try";
            yield return visible;
            yield return visible;
        }
        foreach (var word in (string[])["--ro-bind", directory, Inside, "--chdir", Inside])
            yield return word;
    }

    /// <summary>
    /// Ends a run whose service has been killed. Not bubblewrap's --die-with-parent: for Linux the parent is the thread that started the
    /// process, and threads of the pool come and go.
    /// </summary>
    private IEnumerable<string> Deadline(CodeExecutionOptions limits) => _timeout is null ? [] : [_timeout, "--signal=KILL", $"{Math.Ceiling(limits.WallTime.TotalSeconds) + 1}"];

    private IEnumerable<string> Limits(Command command, CodeExecutionOptions limits)
    {
        if (_limits is null)
            yield break;
        yield return _limits;
        yield return $"--cpu={limits.CpuSeconds}";
        yield return "--core=0";
        yield return "--fsize=0";
        if (command.AddressSpaceMegabytes is { } megabytes)
            yield return $"--as={megabytes * 1024L * 1024}";
    }
}
