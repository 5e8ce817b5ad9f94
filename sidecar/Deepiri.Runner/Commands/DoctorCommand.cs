using System.CommandLine;
using Deepiri.CodeExecution;
using Deepiri.CodeExecution.Checks;
using Deepiri.Runner.Running;
using Deepiri.Runner.Template;
using Deepiri.Sidecar;
using Deepiri.Sidecar.Resources;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Deepiri.Runner.Commands;

/// <summary><c>deepiri doctor</c>: what stands in the way of <c>up</c>, and what to do about it.</summary>
internal static class DoctorCommand
{
    public static Command Create()
    {
        var command = new Command("doctor", "Check this machine and the template") { CommonOptions.RunFile };
        command.SetAction((parsed, cancellationToken) => RunAsync(CommonOptions.RunFileOf(parsed), CommonOptions.DataDirectoryOf(parsed), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string file, string dataDirectory, CancellationToken cancellationToken)
    {
        var healthy = true;
        void Check(string what, string? fault)
        {
            Console.WriteLine(fault is null ? $"ok    {what}" : $"FAIL  {what}: {fault}");
            healthy &= fault is null;
        }

        Check($".NET {Environment.Version}", Environment.Version.Major >= 10 ? null : "version 10 is needed");
        Check("node (for tests, and for challenges in JavaScript)", OnPath("node") ? null : "not found; install Node 20");
        Check("setsid, chrt and bash (to start apps, and end whole process trees)", OnPath("setsid") && OnPath("chrt") && OnPath("bash") ? null : "not found; the runner needs Linux with util-linux");
        Check("python3 (for challenges in Python)", OnPath("python3") ? null : "not found; install Python 3");
        await CheckSandboxAsync(Check, cancellationToken);
        Check($"data directory {dataDirectory}", Writable(dataDirectory));
        Check($"template {file}", Template(file, out var template));
        using var run = RunClient.Find(dataDirectory);
        if (run is not null && (await run.StatusAsync(cancellationToken)).Running)
            Check($"a platform runs here (pid {run.Pid})", null);
        else if (template is not null)
            Check("ports", Free(template));
        return healthy ? 0 : 1;
    }

    private static bool OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(d => d.Length > 0 && File.Exists(Path.Combine(d, program)));

    /// <summary>Installed is not enough: making a sandbox may be forbidden, as it is in many containers, and one that can be made may not hold.</summary>
    private static async Task CheckSandboxAsync(Action<string, string?> check, CancellationToken cancellationToken)
    {
        using var monitor = new SandboxMonitor(Options.Create(new CodeExecutionOptions()), TimeProvider.System, NullLogger<SandboxMonitor>.Instance);
        if (await monitor.FindStartFaultAsync(cancellationToken) is { } fault)
        {
            check("sandbox (to run code that a learner or a text model wrote)", $"{fault}; install bubblewrap and util-linux, and let this user make user namespaces");
            return;
        }
        foreach (var language in SandboxMonitor.Languages)
        {
            var report = await monitor.CheckNowAsync(language, cancellationToken);
            check($"sandbox for {language}", report.Problem);
        }
    }

    private static string? Writable(string directory)
    {
        try
        {
            PrivateFile.CreateFolder(directory);
            var probe = Path.Combine(directory, ".probe");
            File.WriteAllText(probe, "");
            File.Delete(probe);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    private static string? Template(string file, out RunTemplate? template)
    {
        template = null;
        try
        {
            template = RunTemplateReader.Read([file]);
            SidecarHost.Validate(new RunPlan(template, null, autoPorts: false).Apps.Select(a => a.Options));
            return null;
        }
        catch (Exception e) when (e is ResourceException or IOException)
        {
            return Environment.NewLine + e.Message;
        }
    }

    private static string? Free(RunTemplate template) =>
        new RunPlan(template, null, autoPorts: false).Conflicts() is { Count: > 0 } conflicts ? Environment.NewLine + string.Join(Environment.NewLine, conflicts) : null;
}
