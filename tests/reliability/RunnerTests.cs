using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;

namespace Deepiri.Reliability;

/// <summary>The runner: starting, stopping, faults of templates, and no process left behind.</summary>
public sealed class RunnerTests : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();

    public Task InitializeAsync() => Task.CompletedTask;

    /// <summary>A test that fails must not leave its run behind, either.</summary>
    public async Task DisposeAsync()
    {
        await RunAsync("down");
        _directory.Dispose();
    }

    [Fact]
    public async Task Kill_9_of_the_runner_leaves_no_process_and_the_next_up_works()
    {
        var file = Template("  - {appID: parent, appDirPath: ., command: [sh, -c, 'sleep 1000 & sleep 1000']}\n");
        await UpAsync(file);
        var pids = (await TreeAsync()).ToList();
        Assert.True(pids.Count >= 4, $"runner, shell and two sleeps, but {pids.Count} processes");
        Process.GetProcessById((await StatusAsync()).GetProperty("pid").GetInt32()).Kill();
        await Eventually.AssertAsync(() => Assert.DoesNotContain(pids, PlatformProcess.IsAlive));
        await UpAsync(file);
        Assert.Equal(0, (await RunAsync("down")).Code);
    }

    [Fact]
    public async Task Down_leaves_no_process()
    {
        await UpAsync(Template("  - {appID: parent, appDirPath: ., command: [sh, -c, 'sleep 1000 & sleep 1000']}\n"));
        var pids = (await TreeAsync()).ToList();
        Assert.Equal(0, (await RunAsync("down")).Code);
        await Eventually.AssertAsync(() => Assert.DoesNotContain(pids, PlatformProcess.IsAlive));
        Assert.Contains("No platform runs", (await RunAsync("down")).Output);
        Assert.Equal(1, (await RunAsync("status")).Code);
    }

    /// <summary>Databases, logs and keys are the owner's alone, also what an older version left open to others.</summary>
    [Fact]
    public async Task Nobody_else_can_read_what_a_run_writes()
    {
        var data = Path.Combine(_directory.Path, "data");
        var file = Template("  - {appID: parent, appDirPath: ., resourcesPaths: [RESOURCES], command: [sleep, '1000']}\n".Replace("RESOURCES", Repository.PathOf("components", "embedded")));
        await UpAsync(file);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(data));
        AssertPrivate();
        Assert.Equal(0, (await RunAsync("down")).Code);
        File.SetUnixFileMode(Path.Combine(data, "state.db"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        await UpAsync(file);
        AssertPrivate();

        void AssertPrivate()
        {
            var files = Directory.EnumerateFiles(data, "*", SearchOption.AllDirectories).ToList();
            Assert.Contains(files, f => f.EndsWith("state.db", StringComparison.Ordinal));
            Assert.DoesNotContain(files, f => File.GetUnixFileMode(f) != (UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
    }

    [Fact]
    public async Task Secrets_are_made_once_in_a_file_of_the_users_own()
    {
        string[] arguments = ["secrets", "-f", Repository.PathOf("dapr.yaml")];
        var (code, output) = await RunAsync(arguments);
        Assert.Equal(0, code);
        var file = output.Trim();
        var made = await File.ReadAllTextAsync(file);
        Assert.Equal(["auth-signing-keys", "influxdb-token", "realtime-gateway-token", "refresh-token-key"], JsonElement.Parse(made).EnumerateObject().Select(s => s.Name).Order(StringComparer.Ordinal));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal((0, output), await RunAsync(arguments));
        Assert.Equal(made, await File.ReadAllTextAsync(file));
        Assert.Equal(1, (await RunAsync("secrets", "-f", "nowhere.yaml")).Code);
    }

    [Fact]
    public async Task Ctrl_c_ends_a_run_in_the_foreground()
    {
        var file = Template("  - {appID: parent, appDirPath: ., command: [sleep, '1000']}\n");
        using var runner = StartForeground(file);
        var (output, errors) = (runner.StandardOutput.ReadToEndAsync(), runner.StandardError.ReadToEndAsync());
        await Eventually.AssertAsync(async () => Assert.True((await StatusAsync()).GetProperty("ready").GetBoolean()));
        var pids = (await TreeAsync()).ToList();
        Process.Start("kill", ["-INT", (await StatusAsync()).GetProperty("pid").GetInt32().ToString()]).WaitForExit();
        await runner.WaitForExitAsync(new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token);
        Assert.True(runner.ExitCode == 0, await output + await errors);
        Assert.DoesNotContain(pids, PlatformProcess.IsAlive);
    }

    [Fact]
    public async Task An_app_that_dies_is_started_again_and_status_says_so()
    {
        await UpAsync(Template("  - {appID: mortal, appDirPath: ., command: [sleep, '1000']}\n"));
        Process.GetProcessById(Pid(await StatusAsync())).Kill();
        await Eventually.AssertAsync(async () =>
        {
            var app = (await StatusAsync()).GetProperty("apps")[0];
            Assert.Equal((1, "healthy", "exited with code 137"), (app.GetProperty("restarts").GetInt32(), app.GetProperty("state").GetString(), app.GetProperty("lastExit").GetString()));
        });
    }

    [Fact]
    public async Task An_app_that_never_becomes_healthy_fails_up_with_the_reason()
    {
        var (code, output) = await RunAsync("up", "-d", "--ports", "auto", "--timeout", "3", "-f", Template("  - {appID: broken, appDirPath: ., command: [sh, -c, 'echo no database; exit 7']}\n", "healthPath: /health", "appPort: 1"));
        Assert.Equal(1, code);
        Assert.Contains("broken is ", output);
        Assert.Contains("exited with code 7", output);
        Assert.Contains("Not healthy within 3 s", output);
        Assert.Contains("no database", (await RunAsync("logs", "broken")).Output);
        Assert.Equal(1, (await RunAsync("status")).Code);
    }

    [Fact]
    public async Task A_taken_port_is_named_with_its_holder()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        var port = ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
        var (code, output) = await RunAsync("up", "-d", "-f", Template($"  - {{appID: a, appDirPath: ., appPort: {port}, daprHTTPPort: {FreePort.Take()}, command: [sleep, '1000']}}\n"));
        Assert.Equal(1, code);
        Assert.Contains($"Port {port} of a is taken by process {Environment.ProcessId} (", output);
        Assert.Contains("--ports auto", output);
    }

    [Fact]
    public async Task A_second_up_in_the_same_directory_is_refused()
    {
        var file = Template("  - {appID: a, appDirPath: ., command: [sleep, '1000']}\n");
        await UpAsync(file);
        var (code, output) = await RunAsync("up", "-d", "--ports", "auto", "-f", file);
        Assert.Equal(1, code);
        Assert.Contains("A platform already runs in", output);
    }

    [Fact]
    public async Task An_app_without_a_command_gets_a_sidecar_and_its_environment_in_a_file()
    {
        await UpAsync(Template("  - {appID: debugged, appDirPath: ., appPort: 9, env: {COLOUR: blue}}\n"));
        var app = (await StatusAsync()).GetProperty("apps")[0];
        Assert.Equal("sidecar-only", app.GetProperty("state").GetString());
        var environment = File.ReadAllLines(Path.Combine(_directory.Path, "data", "env", "debugged.env")).Select(l => l.Split('=', 2)).ToDictionary(p => p[0], p => p[1]);
        Assert.Equal(("debugged", "blue"), (environment["APP_ID"], environment["COLOUR"]));
        using var http = new HttpClient { DefaultRequestHeaders = { { "dapr-api-token", environment["DAPR_API_TOKEN"] } } };
        using var answer = await http.GetAsync($"http://127.0.0.1:{environment["DAPR_HTTP_PORT"]}/v1.0/metadata");
        Assert.True(answer.IsSuccessStatusCode);
    }

    [Theory]
    [InlineData("apps: []\n", "required field 'version' not found in the provided run template file")]
    [InlineData("version: 1\napps: []\n", "'apps' is empty")]
    [InlineData("version: 1\napps:\n  - {appID: a}\n", "'apps[0].appDirPath' is missing")]
    [InlineData("version: 1\napps:\n  - {appDirPath: nowhere}\n", "does not exist")]
    [InlineData("version: 1\napps:\n  - {appDirPath: ., appPort: x}\n", "'apps[0].appPort' must be a whole number, not 'x'")]
    [InlineData("version: 1\napps:\n  - {appDirPath: ., appSSL: true}\n", "'appSSL' is not supported by the embedded sidecar")]
    [InlineData("version: 1\ncommon: {appProtocol: grpc}\napps:\n  - {appDirPath: .}\n", "'appProtocol' must be http for the embedded sidecar, not 'grpc'")]
    [InlineData("version: 1\nx-deepiri: {colour: red}\napps:\n  - {appDirPath: .}\n", "'x-deepiri.colour' is not supported here")]
    public async Task Faults_of_a_template_are_told_with_file_and_line(string yaml, string message)
    {
        var file = _directory.Write("bad.yaml", yaml);
        var (code, output) = await RunAsync("up", "-d", "-f", file);
        Assert.Equal(1, code);
        Assert.Contains(message, output);
        Assert.Matches(@"bad\.yaml:\d+: ", output);
    }

    [Fact]
    public async Task Unknown_keys_of_a_template_are_ignored_as_the_dapr_cli_does()
    {
        await UpAsync(_directory.Write("unknown.yaml", "version: 1\nfuture: x\ncommon: {logLevel: debug}\napps:\n  - {appID: a, appDirPath: ., metricsPort: 1, whatever: 2, command: [sleep, '1000']}\n"));
        Assert.Equal(0, (await RunAsync("down")).Code);
    }

    private string Template(string apps, string extension = "secrets: {}", string? port = null) =>
        _directory.Write($"{Guid.NewGuid():N}.yaml", $"version: 1\nx-deepiri: {{{extension}}}\napps:\n{(port is null ? apps : apps.Replace("appDirPath: .,", $"appDirPath: ., {port},"))}");

    private async Task UpAsync(string file)
    {
        var (code, output) = await RunAsync("up", "-d", "--ports", "auto", "-f", file);
        Assert.True(code == 0, output);
    }

    private async Task<JsonElement> StatusAsync() => JsonDocument.Parse((await RunAsync("status", "--json")).Output).RootElement;

    private static int Pid(JsonElement status) => status.GetProperty("apps")[0].GetProperty("pid").GetInt32();

    /// <summary>The runner and everything below it, and below its apps.</summary>
    private async Task<IEnumerable<int>> TreeAsync()
    {
        var root = (await StatusAsync()).GetProperty("pid").GetInt32();
        var children = Directory.GetDirectories("/proc").Select(d => int.TryParse(Path.GetFileName(d), out var pid) ? pid : 0).Where(pid => pid > 0).ToLookup(Parent);
        IEnumerable<int> Below(int pid) => children[pid].SelectMany(c => Below(c).Prepend(c));
        return Below(root).Prepend(root);
    }

    private static int Parent(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1]);
        }
        catch (IOException)
        {
            return -1;
        }
    }

    // Tests that were started in the background of a shell ignore SIGINT, and so would what they start.
    private Process StartForeground(string file) => Process.Start(new ProcessStartInfo("env", ["--default-signal=INT", "dotnet", Runner, "up", "--ports", "auto", "-f", file, "--data-dir", Path.Combine(_directory.Path, "data")]) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    private async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Runner, .. arguments, "--data-dir", Path.Combine(_directory.Path, "data")]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }

    private static string Runner => PlatformProcess.RunnerPath;
}
