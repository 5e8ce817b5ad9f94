using System.Diagnostics;
using Deepiri.Runner.Running;

namespace Deepiri.Runner.Commands;

/// <summary><c>deepiri up -d</c>: starts this program again in the background, in the foreground mode, and waits until it is ready.</summary>
internal static class UpDetached
{
    public static async Task<int> RunAsync(int timeoutSeconds, string dataDirectory, CancellationToken cancellationToken)
    {
        var logs = PrivateFile.CreateFolder(Path.Combine(dataDirectory, "logs"));
        var output = Path.Combine(logs, "runner.log");
        if (RunClient.Find(dataDirectory) is { } existing)
        {
            using (existing)
            {
                if ((await existing.StatusAsync(cancellationToken)).Running)
                {
                    Console.Error.WriteLine($"A platform already runs in {dataDirectory} (pid {existing.Pid}). Stop it with 'deepiri down', or choose another folder with --data-dir.");
                    return 1;
                }
            }
            // What a killed run left behind; the new run must not be taken for it.
            File.Delete(RunFile.PathIn(dataDirectory));
        }
        // The shell keeps the mode of a file that is there.
        new FileStream(output, PrivateFile.Options(FileMode.Create, FileShare.None)).Dispose();
        using var runner = StartRunner(output);
        var deadline = Stopwatch.StartNew();
        while (deadline.Elapsed < TimeSpan.FromSeconds(timeoutSeconds))
        {
            if (runner.HasExited)
                return Fail(await File.ReadAllTextAsync(output, cancellationToken));
            using var client = RunClient.Find(dataDirectory);
            if (client is not null && await client.StatusAsync(cancellationToken) is { Ready: true } status)
            {
                StatusTable.Print(status);
                Console.WriteLine($"Ready in {deadline.Elapsed.TotalSeconds:0.0} s. Stop with 'deepiri down'; logs are in {logs}.");
                return 0;
            }
            await Task.Delay(50, cancellationToken);
        }
        await ReportUnhealthyAsync(dataDirectory, logs, timeoutSeconds, cancellationToken);
        return 1;
    }

    private static Process StartRunner(string output)
    {
        var arguments = Environment.GetCommandLineArgs().Skip(1).Where(a => a is not ("-d" or "--detach"));
        // A session of its own, so that the end of this terminal is not the end of the platform.
        var command = new ProcessStartInfo("setsid", ["sh", "-c", "exec \"$@\" >\"$DEEPIRI_RUNNER_LOG\" 2>&1 </dev/null", "sh", Environment.ProcessPath!, .. Self(), .. arguments]);
        command.Environment["DEEPIRI_RUNNER_LOG"] = output;
        return Process.Start(command)!;
    }

    /// <summary>The assembly, when this runs as <c>dotnet deepiri.dll</c>.</summary>
    private static IEnumerable<string> Self() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];

    private static async Task ReportUnhealthyAsync(string dataDirectory, string logs, int timeoutSeconds, CancellationToken cancellationToken)
    {
        using var client = RunClient.Find(dataDirectory);
        var status = client is null ? RunStatus.NotRunning : await client.StatusAsync(cancellationToken);
        StatusTable.Print(status);
        foreach (var app in status.Apps.Where(a => a.State is not ("healthy" or "sidecar-only")))
            Console.Error.WriteLine($"{app.AppId} is {app.State}{(app.LastExit is null ? "" : $"; it {app.LastExit}")}. Its log: {AppLog.FileOf(logs, app.AppId)}");
        Console.Error.WriteLine($"Not healthy within {timeoutSeconds} s; the platform is stopped.");
        if (client is not null)
            await DownCommand.StopAsync(client, dataDirectory, cancellationToken);
    }

    private static int Fail(string output)
    {
        Console.Error.WriteLine(output.TrimEnd());
        return 1;
    }
}
