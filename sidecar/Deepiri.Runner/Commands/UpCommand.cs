using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Deepiri.Runner.Running;
using Deepiri.Sidecar.Resources;
using Microsoft.Extensions.Logging;

namespace Deepiri.Runner.Commands;

/// <summary><c>deepiri up</c>: in the foreground, or with <c>-d</c> in the background once every app is healthy.</summary>
internal static class UpCommand
{
    private static readonly Option<string[]> s_files = new("--run-file", "-f") { Description = "The multi-app run template; given several times, their apps run together", DefaultValueFactory = _ => ["dapr.yaml"] };
    private static readonly Option<string?> s_components = new("--components") { Description = "A folder of components to use instead of the embedded ones" };
    private static readonly Option<string> s_ports = new Option<string>("--ports") { Description = "auto takes free ports for every app and sidecar", DefaultValueFactory = _ => "fixed" }.AcceptOnlyFromAmong("fixed", "auto");
    private static readonly Option<bool> s_detach = new("--detach", "-d") { Description = "Return when every app is healthy and leave the platform running" };
    private static readonly Option<int> s_timeout = new("--timeout") { Description = "Seconds that the apps may take to become healthy (with -d)", DefaultValueFactory = _ => 60 };

    public static Command Create()
    {
        var command = new Command("up", "Start the platform on the embedded sidecar") { s_files, s_components, s_ports, s_detach, s_timeout };
        command.SetAction((parsed, cancellationToken) => parsed.GetValue(s_detach) ? UpDetached.RunAsync(parsed.GetValue(s_timeout), CommonOptions.DataDirectoryOf(parsed), cancellationToken) : RunAsync(Request(parsed)));
        return command;
    }

    private static RunRequest Request(ParseResult parsed) =>
        new([.. parsed.GetValue(s_files)!.Select(Path.GetFullPath)], CommonOptions.DataDirectoryOf(parsed), parsed.GetValue(s_components), parsed.GetValue(s_ports) == "auto");

    private static async Task<int> RunAsync(RunRequest request)
    {
        var began = Stopwatch.GetTimestamp();
        using var interrupted = new CancellationTokenSource();
        using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        void Cancel(PosixSignalContext context)
        {
            context.Cancel = true;
            interrupted.Cancel();
        }

        if (request.TemplateFiles.FirstOrDefault(f => !File.Exists(f)) is { } missing)
            return Fail($"There is no {missing}; name the template with --run-file.");
        if (request.ComponentsDirectory is { } folder && !Directory.Exists(folder))
            return Fail($"There is no folder {folder} (--components).");
        using var loggers = LoggerFactory.Create(logging => logging.AddSimpleConsole(o => o.SingleLine = true).SetMinimumLevel(LogLevel.Warning));
        try
        {
            await using var run = await PlatformRun.StartAsync(request, loggers, interrupted.Token);
            await Task.WhenAny(run.Ready, run.StopRequested.Task, Task.Delay(Timeout.Infinite, interrupted.Token));
            if (run.Ready.IsCompleted)
            {
                StatusTable.Print(run.Status);
                Console.WriteLine($"Ready in {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s. Press Ctrl-C to stop, or run 'deepiri down'.");
            }
            await Task.WhenAny(run.StopRequested.Task, Task.Delay(Timeout.Infinite, interrupted.Token));
            Console.WriteLine("Stopping ...");
            return 0;
        }
        catch (Exception e) when (e is RunException or ResourceException or InvalidOperationException)
        {
            return Fail(e.Message);
        }
        catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
        {
            return 0;
        }
    }

    private static int Fail(string message)
    {
        Console.Error.WriteLine(message);
        return 1;
    }
}
