using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Deepiri.CodeExecution.Isolation;
using Deepiri.CodeExecution.Toolchains;
using Microsoft.Extensions.Logging;

namespace Deepiri.CodeExecution.Checks;

/// <summary>Proves that a sandbox holds: code that tries to get out of it, in the same command line as solutions, and has to fail.</summary>
internal sealed class SandboxCheck(Sandbox sandbox, CodeExecutionOptions limits, ILogger log)
{
    /// <summary>The checks give way to the service's work.</summary>
    private const string Niceness = "10";

    /// <summary>By how much a probe exceeds a limit on memory.</summary>
    private const int ExcessMegabytes = 64;

    private const int KilledExitCode = 137;

    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(20);

    /// <summary>How long the probes of a language may take, which give way to other work.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long a run may take to end that was killed, or whose time is over.</summary>
    public TimeSpan EndTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>All probes of a language.</summary>
    public static IReadOnlyList<SandboxProbe> ProbesOf(string language) =>
        [.. Enum.GetValues<SandboxProbe>().Where(p => p != SandboxProbe.Threads || language != ProgrammingLanguage.JavaScript)];

    /// <summary>Carries out the probes.</summary>
    public async Task<SandboxReport> RunAsync(IToolchain toolchain, IReadOnlyCollection<SandboxProbe> probes, CancellationToken cancellationToken)
    {
        try
        {
            var breaches = await Task.WhenAll(
                ReachAsync(toolchain, [.. probes.Where(p => p != SandboxProbe.Outliving).Order()], cancellationToken),
                probes.Contains(SandboxProbe.Outliving) ? OutliveAsync(toolchain, cancellationToken) : Task.FromResult<IEnumerable<string>>([])).ConfigureAwait(false);
            return new SandboxReport(toolchain.Language, [.. breaches.SelectMany(b => b)], null);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or Win32Exception or SocketException or TimeoutException or CheckFailedException)
        {
            return new SandboxReport(toolchain.Language, [], e.Message);
        }
    }

    /// <summary>One run that tries each probe in turn; the one on time, in which the run ends, comes last.</summary>
    private async Task<IEnumerable<string>> ReachAsync(IToolchain toolchain, IReadOnlyList<SandboxProbe> probes, CancellationToken cancellationToken)
    {
        if (probes.Count == 0)
            return [];
        using var target = new ProbeTarget(limits.Directory);
        var checkLimits = LimitsOf(toolchain, Timeout);
        var code = new CodeToRun(toolchain.Language, ProbeOf(toolchain), [.. probes.Select(p => ArgumentsOf(p, toolchain, target))], SandboxRequirement.Required);
        var report = await new SolutionRun(Politely(checkLimits), checkLimits, log).ExecuteAsync(toolchain, code, isIsolated: true, cancellationToken).ConfigureAwait(false);
        if (report.Fault is { } fault)
            throw new CheckFailedException(fault);
        return probes.Zip(report.Calls, BreachOf).OfType<string>().ToList();
    }

    /// <summary>The process that started a run is killed, and no other one is told to end it; another run is left alone until its time is over.</summary>
    private async Task<IEnumerable<string>> OutliveAsync(IToolchain toolchain, CancellationToken cancellationToken)
    {
        var results = await Task.WhenAll(
            OutlivesAsync(toolchain, Timeout, kill: true, "the run went on after the process that started it was killed", cancellationToken),
            OutlivesAsync(toolchain, TimeSpan.FromSeconds(1), kill: false, "the run went on after its time was over", cancellationToken)).ConfigureAwait(false);
        return results.OfType<string>();
    }

    private async Task<string?> OutlivesAsync(IToolchain toolchain, TimeSpan wallTime, bool kill, string breach, CancellationToken cancellationToken)
    {
        var checkLimits = LimitsOf(toolchain, wallTime);
        using var directory = new RunDirectory(checkLimits.Directory, log);
        var input = ArgumentsOf(SandboxProbe.Outliving, toolchain, target: null);
        var command = await toolchain.PrepareAsync(directory.Solution, new CodeToRun(toolchain.Language, ProbeOf(toolchain), [input], SandboxRequirement.Required), checkLimits, cancellationToken).ConfigureAwait(false);
        using var process = Process.Start(await Politely(checkLimits).WrapAsync(command, directory, isIsolated: true).ConfigureAwait(false))!;
        try
        {
            await process.StandardInput.WriteLineAsync(input).ConfigureAwait(false);
            process.StandardInput.Close();
            if (kill)
            {
                await UntilStartedAsync(process, cancellationToken).ConfigureAwait(false);
                process.Kill();
            }
            var began = Stopwatch.GetTimestamp();
            while (!process.HasExited || SandboxedProcesses.SeeingDirectory(directory.Path).Count > 0)
            {
                if (Stopwatch.GetElapsedTime(began) > EndTimeout)
                    return Describe(SandboxProbe.Outliving, breach);
                await Task.Delay(s_poll, cancellationToken).ConfigureAwait(false);
            }
            return null;
        }
        finally
        {
            SandboxedProcesses.Kill(directory.Path);
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private async Task UntilStartedAsync(Process process, CancellationToken cancellationToken)
    {
        var line = await process.StandardError.ReadLineAsync(cancellationToken).AsTask().WaitAsync(Timeout, cancellationToken).ConfigureAwait(false);
        if (line != "started")
            throw new CheckFailedException($"the run that is to be outlived did not start: {line}");
    }

    private static string? BreachOf(SandboxProbe probe, CallResult result)
    {
        if (probe == SandboxProbe.Time)
        {
            if (result.Error?.StartsWith($"ended with exit code {KilledExitCode}", StringComparison.Ordinal) == true)
                return null;
            return Describe(probe, result.Error ?? "used more processor time than allowed");
        }
        if (result.Error is { } error)
            throw new CheckFailedException($"{Name(probe)}: {error}");
        return JsonSerializer.Deserialize<string?>(result.Output!) is { } breach ? Describe(probe, breach) : null;
    }

    private CodeExecutionOptions LimitsOf(IToolchain toolchain, TimeSpan wallTime) => new()
    {
        WallTime = wallTime,
        CpuSeconds = toolchain.StartupCpuSeconds + 1,
        MemoryMegabytes = limits.MemoryMegabytes,
        OutputBytes = limits.OutputBytes,
        Directory = limits.Directory,
    };

    private Sandbox Politely(CodeExecutionOptions checkLimits) =>
        new(checkLimits) { Bubblewrap = sandbox.Bubblewrap, Edit = words => [Programs.Find("nice") ?? "nice", "-n", Niceness, .. sandbox.Edit(words)] };

    private string ArgumentsOf(SandboxProbe probe, IToolchain toolchain, ProbeTarget? target)
    {
        var heap = limits.MemoryMegabytes + Sandbox.RuntimeDataMegabytes + ExcessMegabytes;
        var mapped = limits.MemoryMegabytes + toolchain.ReservedMegabytes + ExcessMegabytes;
        return JsonSerializer.Serialize(new object[] { Name(probe), target?.Files ?? [], target?.Port ?? 0, heap, mapped, Sandbox.MaxThreads + 1 });
    }

    private static string ProbeOf(IToolchain toolchain) => Programs.Resource(toolchain.Language switch
    {
        ProgrammingLanguage.Python => "probe.py",
        ProgrammingLanguage.JavaScript => "probe.js",
        _ => "Probe.cs",
    });

    private static string Describe(SandboxProbe probe, string breach) => $"{Name(probe)}: {breach}";

    private static string Name(SandboxProbe probe) => JsonNamingPolicy.KebabCaseLower.ConvertName(probe.ToString());

    private sealed class CheckFailedException(string message) : Exception(message);

    /// <summary>Things outside of the sandbox that code must not reach: a server, and files that anybody on the machine may read.</summary>
    private sealed class ProbeTarget : IDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly string _canary;

        public ProbeTarget(string directory)
        {
            _listener.Start();
            _canary = Path.Combine(directory, $"deepiri-canary-{Guid.NewGuid():N}");
            File.WriteAllText(_canary, "Sandboxed code must not be able to read this.");
            File.SetUnixFileMode(_canary, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
            Files = [_canary, typeof(SandboxCheck).Assembly.Location, "/etc/passwd"];
        }

        public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

        public IReadOnlyList<string> Files { get; }

        public void Dispose()
        {
            _listener.Dispose();
            File.Delete(_canary);
        }
    }
}
