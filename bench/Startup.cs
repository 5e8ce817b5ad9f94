using System.Diagnostics;
using System.Text;
using Deepiri.TestHost;

namespace Deepiri.Bench;

/// <summary>From <c>up</c> to ready, and the memory of each process, beside one bare Kestrel app.</summary>
internal static class Startup
{
    private const int Runs = 5;
    private const int Apps = 10;

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
            foreach (var app in new[] { "api-gateway", "auth-service", "task-orchestrator", "engagement-service", "notification-service", "challenge-service", "cyrex", "realtime-gateway" })
                report.Row(app, Megabytes(Memory(run.App(app).GetProperty("pid").GetInt32())));
        }
        await TenAppsAsync(report);
    }

    /// <summary>The runner with ten bare apps beside their sidecars, each of which publishes, keeps state and is delivered to.</summary>
    private static async Task TenAppsAsync(Report report)
    {
        using var directory = new TemporaryDirectory();
        var template = directory.Write("dapr.yaml", $"version: 1\ncommon: {{resourcesPaths: [{Repository.PathOf("components", "embedded")}]}}\napps:\n" + string.Concat(Enumerable.Range(0, Apps).Select(i =>
            $"  - {{appID: app{i}, appDirPath: ., appPort: {5300 + i}, command: [sh, -c, 'exec dotnet {Environment.GetCommandLineArgs()[0]} target $APP_PORT']}}\n")));
        File.WriteAllText(Path.Combine(directory.Folder("data"), "secrets.json"), "{}");
        await using var run = await PlatformProcess.StartAsync(directory.Folder("data"), templates: [template]);
        var atStart = Memory(run.RunnerPid);
        for (var i = 0; i < Apps; i++)
        {
            var environment = File.ReadAllLines(Path.Combine(directory.Path, "data", "env", $"app{i}.env")).Select(l => l.Split('=', 2)).ToDictionary(l => l[0], l => l[1]);
            using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{environment["DAPR_HTTP_PORT"]}") };
            http.DefaultRequestHeaders.Add("dapr-api-token", environment["DAPR_API_TOKEN"]);
            await Load.ClosedAsync(16, 2000, n => n % 2 == 0
                ? http.PostAsync($"/v1.0/publish/pubsub/{Target.Topic}", new StringContent("1", Encoding.UTF8, "application/json"))
                : http.PostAsync("/v1.0/state/statestore", new StringContent($$"""[{"key":"k{{n}}","value":1}]""", Encoding.UTF8, "application/json")));
        }
        report.Row("runner with ten bare apps", Megabytes(atStart));
        report.Row("the same after 10,000 events to each and 10,000 writes", Megabytes(Memory(run.RunnerPid)));
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
