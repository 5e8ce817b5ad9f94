using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Dapr.Workflow;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Deepiri.Reliability;

/// <summary>Kills of the runner and of the app among running workflows: each ends, once, with the right result.</summary>
public sealed class WorkflowCrashTests : IAsyncLifetime
{
    private const int Steps = 5;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryDirectory _directory = new();
    private readonly ConcurrentDictionary<string, int> _stepsRun = new();
    private readonly int _appPort = FreePort.Take();
    private Dictionary<string, string> _environment = [];
    private WebApplication? _app;

    public async Task InitializeAsync()
    {
        _directory.Write("components/store.yaml", """
            apiVersion: dapr.io/v1alpha1
            kind: Component
            metadata: {name: store}
            spec:
              type: state.sqlite
              version: v1
              metadata:
                - {name: connectionString, value: state.db}
                - {name: actorStateStore, value: "true"}
            """);
        _directory.Write("dapr.yaml", $"version: 1\ncommon: {{resourcesPaths: [components]}}\napps:\n  - {{appID: flows, appDirPath: ., appPort: {_appPort}, daprHTTPPort: {FreePort.Take()}}}\n");
        await UpAsync();
        await StartAppAsync();
    }

    public async Task DisposeAsync()
    {
        await StopAppAsync();
        await RunAsync("down");
        _directory.Dispose();
    }

    [Fact]
    public async Task Killing_the_runner_again_and_again_loses_and_doubles_no_workflow()
    {
        var ids = await StartWorkflowsAsync(60);
        for (var kill = 1; kill <= 3; kill++)
        {
            // Each kill hits them in the middle of their steps.
            var reached = _stepsRun.Count;
            await Eventually.AssertAsync(() => Assert.True(_stepsRun.Count > Math.Min(reached + 30, 60 * Steps * kill / 5)));
            await KillRunnerAsync();
            await StopAppAsync();
            await UpAsync();
            await StartAppAsync();
        }
        await AllEndRightAsync(ids);
    }

    [Fact]
    public async Task Ending_the_app_in_the_middle_hands_its_work_to_the_next_one()
    {
        var ids = await StartWorkflowsAsync(40);
        for (var restart = 0; restart < 3; restart++)
        {
            var reached = _stepsRun.Count;
            await Eventually.AssertAsync(() => Assert.True(_stepsRun.Count > Math.Min(reached + 20, 40 * Steps - 40)));
            await StopAppAsync();
            await StartAppAsync();
        }
        await AllEndRightAsync(ids);
    }

    private DaprWorkflowClient Client => _app!.Services.GetRequiredService<DaprWorkflowClient>();

    private async Task<string[]> StartWorkflowsAsync(int count) =>
        await Task.WhenAll(Enumerable.Range(0, count).Select(n => Client.ScheduleNewWorkflowAsync("Steps", $"flow-{n}", n)));

    private async Task AllEndRightAsync(string[] ids)
    {
        var states = await Task.WhenAll(ids.Select(id => Client.WaitForWorkflowCompletionAsync(id).WaitAsync(s_patience)));
        for (var n = 0; n < ids.Length; n++)
        {
            // A parent with a child: the child's result counts once, whatever was delivered twice.
            Assert.Equal((WorkflowRuntimeStatus.Completed, n + Steps + 100), (states[n].RuntimeStatus, states[n].ReadOutputAs<int>()));
            Assert.All(Enumerable.Range(0, Steps), step => Assert.True(_stepsRun.ContainsKey($"{ids[n]}/{step}")));
        }
    }

    private async Task StartAppAsync()
    {
        var builder = WebApplication.CreateSlimBuilder([$"--DAPR_GRPC_PORT={_environment["DAPR_GRPC_PORT"]}", $"--DAPR_API_TOKEN={_environment["DAPR_API_TOKEN"]}"]);
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, _appPort));
        builder.Services.AddDaprWorkflow(options =>
        {
            options.RegisterActivity<int[], int>("Step", async (context, input) =>
            {
                _stepsRun.AddOrUpdate($"{context.InstanceId}/{input[1]}", 1, (_, n) => n + 1);
                await Task.Delay(10);
                return input[0] + 1;
            });
            options.RegisterWorkflow<int, int>("Hundred", (_, _) => Task.FromResult(100));
            options.RegisterWorkflow<int, int>("Steps", async (context, n) =>
            {
                for (var step = 0; step < Steps; step++)
                    n = await context.CallActivityAsync<int>("Step", new[] { n, step });
                await context.CreateTimer(TimeSpan.FromMilliseconds(20));
                return n + await context.CallChildWorkflowAsync<int>("Hundred", 0);
            });
        });
        _app = builder.Build();
        await _app.StartAsync();
    }

    private async Task StopAppAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
        _app = null;
    }

    private async Task UpAsync()
    {
        var (code, output) = await RunAsync("up", "-d", "-f", Path.Combine(_directory.Path, "dapr.yaml"));
        Assert.True(code == 0, output);
        _environment = File.ReadAllLines(Path.Combine(_directory.Path, "data", "env", "flows.env")).Select(l => l.Split('=', 2)).ToDictionary(p => p[0], p => p[1]);
    }

    private async Task KillRunnerAsync()
    {
        var pid = JsonDocument.Parse((await RunAsync("status", "--json")).Output).RootElement.GetProperty("pid").GetInt32();
        using var runner = Process.GetProcessById(pid);
        runner.Kill();
        await runner.WaitForExitAsync();
    }

    private async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [PlatformProcess.RunnerPath, .. arguments, "--data-dir", Path.Combine(_directory.Path, "data")]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }
}
