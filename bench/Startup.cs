using System.Diagnostics;
using Deepiri.TestHost;

namespace Deepiri.Bench;

/// <summary>From <c>up</c> to ready, and the memory of each process, beside one bare Kestrel app.</summary>
internal static class Startup
{
    private const int Runs = 5;

    public static async Task RunAsync(Report report)
    {
        var bare = new List<double>();
        long bareMemory = 0;
        for (var i = 0; i < Runs; i++)
        {
            var (milliseconds, bytes) = await BareAsync();
            bare.Add(milliseconds);
            bareMemory = bytes;
        }
        using var directory = new TemporaryDirectory();
        var platform = new List<double>();
        for (var i = 0; i < Runs; i++)
        {
            var began = Stopwatch.GetTimestamp();
            await using var run = await PlatformProcess.StartAsync(directory.Path);
            platform.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            if (i < Runs - 1)
                continue;
            report.Header("start", "median ms", "worst ms");
            report.Row("one bare Kestrel app", new Latencies(bare).P50.ToString("0"), bare.Max().ToString("0"));
            report.Row("the platform, 'up -d' to ready (built)", new Latencies(platform).P50.ToString("0"), platform.Max().ToString("0"));
            report.Note("Memory (resident, just after start):\n");
            report.Header("process", "MB");
            report.Row("one bare Kestrel app", Megabytes(bareMemory));
            report.Row("runner with all sidecars", Megabytes(Memory(run.RunnerPid)));
            foreach (var app in new[] { "api-gateway", "auth-service", "task-orchestrator", "engagement-service", "notification-service", "realtime-gateway" })
                report.Row(app, Megabytes(Memory(run.App(app).GetProperty("pid").GetInt32())));
        }
    }

    private static async Task<(double Milliseconds, long Memory)> BareAsync()
    {
        var port = FreePort.Take();
        var began = Stopwatch.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Environment.GetCommandLineArgs()[0], "target", port.ToString()]))!;
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        await Eventually.AssertAsync(async () => (await http.GetAsync("/hello")).Dispose());
        var took = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        var memory = Memory(process.Id);
        process.Kill();
        await process.WaitForExitAsync();
        return (took, memory);
    }

    private static long Memory(int pid)
    {
        using var process = Process.GetProcessById(pid);
        return process.WorkingSet64;
    }

    private static string Megabytes(long bytes) => (bytes / 1e6).ToString("0");
}
