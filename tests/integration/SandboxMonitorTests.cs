using Deepiri.CodeExecution;
using Deepiri.CodeExecution.Checks;
using Deepiri.CodeExecution.Isolation;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Deepiri.IntegrationTests;

/// <summary>When the sandbox is checked, and that untrusted code is refused unless it holds.</summary>
public sealed class SandboxMonitorTests : IDisposable
{
    private const string Leaky = "#!/bin/sh\nfor word; do shift; [ \"$word\" = --unshare-net ] || set -- \"$@\" \"$word\"; done\nexec /usr/bin/bwrap \"$@\"\n";
    private const string Sound = "#!/bin/sh\nexec /usr/bin/bwrap \"$@\"\n";

    private readonly TemporaryDirectory _directory = new();
    private readonly ManualTimeProvider _time = new(new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero));
    private readonly CodeExecutionOptions _limits = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task A_bubblewrap_that_is_replaced_by_one_that_does_not_isolate_is_refused_before_the_next_run()
    {
        var (monitor, runner) = Create(Bubblewrap(Sound));
        Assert.Equal("2", (await RunAsync(runner, SandboxRequirement.Required)).Calls[0].Output);
        Bubblewrap(Leaky);
        var refused = await Assert.ThrowsAsync<SandboxUnavailableException>(() => RunAsync(runner, SandboxRequirement.Required));
        Assert.Contains("network: connected to a server of this machine", refused.Message);
        Assert.False(refused.IsTemporary);
        Assert.Contains("network", await monitor.FindProblemAsync(CancellationToken.None));
        Bubblewrap(Sound + "# repaired\n");
        Assert.Equal("2", (await RunAsync(runner, SandboxRequirement.Required)).Calls[0].Output);
    }

    [Fact]
    public async Task What_gets_out_in_one_language_is_a_reason_to_refuse_them_all()
    {
        // The command line of node names its harness.
        var (_, runner) = Create(Bubblewrap(Leaky.Replace("exec", "case \"$*\" in *harness.cjs*) ;; *) exec /usr/bin/bwrap --unshare-net \"$@\";; esac\nexec", StringComparison.Ordinal)));
        Assert.Equal("2", (await RunAsync(runner, SandboxRequirement.Required)).Calls[0].Output);
        await Assert.ThrowsAsync<SandboxUnavailableException>(() => runner.RunAsync(new CodeToRun("javascript", "const solve = n => n + 1;", ["[1]"], SandboxRequirement.Required), CancellationToken.None));
        await Assert.ThrowsAsync<SandboxUnavailableException>(() => RunAsync(runner, SandboxRequirement.Required));
    }

    [Fact]
    public async Task The_checks_are_repeated_once_a_day_and_after_five_minutes_when_they_failed()
    {
        // The limits of a run forbid to write files, but not to make directories.
        var runs = _directory.Folder("runs");
        var script = Sound.Replace("exec", $"mkdir {runs}/$$\nexec", StringComparison.Ordinal);
        var (_, runner) = Create(Bubblewrap(script));
        await RunAsync(runner, SandboxRequirement.Required);
        Assert.Equal(1, await RunsOfAsync(runs, () => RunAsync(runner, SandboxRequirement.Required)));
        _time.Advance(TimeSpan.FromHours(23));
        Assert.Equal(1, await RunsOfAsync(runs, () => RunAsync(runner, SandboxRequirement.Required)));
        _time.Advance(TimeSpan.FromHours(2));
        Assert.InRange(await RunsOfAsync(runs, () => RunAsync(runner, SandboxRequirement.Required)), 4, 5);

        Bubblewrap("#!/bin/sh\necho out of order >&2\nexit 1\n");
        Assert.Contains("out of order", (await Assert.ThrowsAsync<SandboxUnavailableException>(() => RunAsync(runner, SandboxRequirement.Required))).Message);
        _time.Advance(TimeSpan.FromMinutes(6));
        await Assert.ThrowsAsync<SandboxUnavailableException>(() => RunAsync(runner, SandboxRequirement.Required));
    }

    [Fact]
    public async Task Without_bubblewrap_untrusted_code_is_refused_and_code_of_the_platform_runs()
    {
        var (monitor, runner) = Create(bubblewrap: null);
        var refused = await Assert.ThrowsAsync<SandboxUnavailableException>(() => RunAsync(runner, SandboxRequirement.Required));
        Assert.Equal("Untrusted code requires a sandbox, which is unavailable on this machine: bubblewrap (bwrap) is not installed.", refused.Message);
        Assert.Equal("bubblewrap (bwrap) is not installed", await monitor.FindProblemAsync(CancellationToken.None));
        Assert.Equal("2", (await RunAsync(runner, SandboxRequirement.Preferred)).Calls[0].Output);
    }

    [Fact]
    public async Task A_sandbox_that_cannot_be_started_is_left_out_where_it_is_only_preferred()
    {
        var (_, runner) = Create(Bubblewrap("#!/bin/sh\necho setting up uid map: Permission denied >&2\nexit 1\n"));
        Assert.Equal("2", (await RunAsync(runner, SandboxRequirement.Preferred)).Calls[0].Output);
        Assert.Contains("setting up uid map", (await Assert.ThrowsAsync<SandboxUnavailableException>(() => RunAsync(runner, SandboxRequirement.Required))).Message);
    }

    [Fact]
    public async Task A_caller_who_does_not_state_what_it_demands_is_refused()
    {
        var (_, runner) = Create(bubblewrap: null);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => RunAsync(runner, default));
    }

    private (SandboxMonitor Monitor, CodeRunner Runner) Create(string? bubblewrap)
    {
        var monitor = new SandboxMonitor(new Sandbox(_limits) { Bubblewrap = bubblewrap }, _limits, _time, NullLogger.Instance);
        return (monitor, new CodeRunner(Options.Create(_limits), monitor, _time, NullLogger<CodeRunner>.Instance));
    }

    private string Bubblewrap(string script)
    {
        var path = _directory.Write("bwrap", script);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    private static Task<RunReport> RunAsync(CodeRunner runner, SandboxRequirement sandbox) =>
        runner.RunAsync(new CodeToRun("python", "def solve(n):\n    return n + 1", ["[1]"], sandbox), CancellationToken.None);

    /// <summary>How often bubblewrap was started: once for a run, four times more for a check and the trial before it.</summary>
    private static async Task<int> RunsOfAsync(string runs, Func<Task> action)
    {
        var before = Directory.GetDirectories(runs).Length;
        await action();
        return Directory.GetDirectories(runs).Length - before;
    }
}
