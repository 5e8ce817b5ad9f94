using System.Diagnostics;
using System.Text.Json;
using Deepiri.Client;

namespace Deepiri.TestHost;

/// <summary>The platform as a user starts it: the runner and its apps as processes, on free ports, in a data directory of its own.</summary>
public sealed class PlatformProcess : IAsyncDisposable
{
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly string? _components;
    private readonly IReadOnlyList<string> _templates;
    private readonly IReadOnlyList<string> _launcher;
    private JsonElement _status;

    private PlatformProcess(string dataDirectory, string? components, IReadOnlyList<string> templates, IReadOnlyDictionary<string, string> environment, IReadOnlyList<string> launcher)
    {
        _launcher = launcher;
        _templates = templates;
        DataDirectory = dataDirectory;
        _components = components;
        _environment = environment;
    }

    public string DataDirectory { get; }

    /// <summary>The runner as it was built with the tests.</summary>
    public static string RunnerPath { get; } = Repository.PathOf("artifacts", "bin", "Deepiri.Runner", Configuration, "deepiri.dll");

    /// <summary>What <c>up</c> has printed.</summary>
    public string UpOutput { get; private set; } = "";

    /// <summary>The gateway's address.</summary>
    public Uri Gateway => new(App("api-gateway").GetProperty("url").GetString()!);

    public int RunnerPid => _status.GetProperty("pid").GetInt32();

    /// <summary>Starts a platform and waits until it is healthy.</summary>
    /// <param name="dataDirectory">Its data directory.</param>
    /// <param name="components">A folder of components: a path, or a name below <c>components/</c>; null for the default.</param>
    /// <param name="environment">Variables for runner and apps. Rate limits are off unless they are set here.</param>
    /// <param name="templates">Run templates; the platform's own by default.</param>
    /// <param name="launcher">A command that starts the one that follows it, for example in a namespace of its own.</param>
    public static async Task<PlatformProcess> StartAsync(string dataDirectory, string? components = null, IReadOnlyDictionary<string, string>? environment = null, IReadOnlyList<string>? templates = null,
        IReadOnlyList<string>? launcher = null)
    {
        var platform = new PlatformProcess(dataDirectory, components, templates ?? [], environment ?? Unlimited, launcher ?? []);
        await platform.UpAsync();
        return platform;
    }

    /// <summary>Settings under which a test is not slowed by the gateway's limits.</summary>
    public static IReadOnlyDictionary<string, string> Unlimited { get; } = new Dictionary<string, string>
    {
        ["RateLimits__PermitsPerMinute"] = "1000000",
        ["RateLimits__InFlightPerAddress"] = "1000",
        ["RateLimits__InFlightPerUser"] = "1000",
        ["RateLimits__Routes__login__PermitsPerMinute"] = "1000000",
        ["RateLimits__Routes__register__PermitsPerMinute"] = "1000000",
    };

    public async Task UpAsync()
    {
        var (code, output) = await RunAsync(_launcher, ["up", "-d", "--ports", "auto", .. _components is null ? Array.Empty<string>() : ["--components", Repository.PathOf("components", _components)], .. _templates.SelectMany(t => new[] { "-f", t })]);
        if (code != 0)
            throw new InvalidOperationException($"'up' ended with {code}: {output}");
        UpOutput = output;
        await RefreshAsync();
    }

    public async Task RefreshAsync() => _status = JsonDocument.Parse((await RunAsync("status", "--json")).Output).RootElement;

    public JsonElement App(string appId) => _status.GetProperty("apps").EnumerateArray().First(a => a.GetProperty("appId").GetString() == appId);

    /// <summary>Every process of the run: runner and apps.</summary>
    public IReadOnlyList<int> Pids => [RunnerPid, .. _status.GetProperty("apps").EnumerateArray().Select(a => a.GetProperty("pid")).Where(p => p.ValueKind == JsonValueKind.Number).Select(p => p.GetInt32())];

    public DeepiriClient Client() => new(Gateway);

    /// <summary>Runs a command of the runner in this data directory.</summary>
    public Task<(int Code, string Output)> RunAsync(params string[] arguments) => RunAsync([], arguments);

    private async Task<(int Code, string Output)> RunAsync(IReadOnlyList<string> launcher, string[] arguments)
    {
        // As ./deepiri starts it.
        string[] command = [.. launcher, "chrt", "--batch", "0", "dotnet", RunnerPath, .. arguments, "--data-dir", DataDirectory];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in _environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }

    /// <summary>Ends the runner as a power cut would.</summary>
    public async Task KillRunnerAsync()
    {
        var pids = Pids;
        using (var runner = Process.GetProcessById(RunnerPid))
            runner.Kill();
        await Eventually.AssertAsync(() => Assert.DoesNotContain(pids, IsAlive));
    }

    /// <summary>True while a process runs; one that is only waiting to be reaped does not.</summary>
    public static bool IsAlive(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync() => await RunAsync("down");

#if DEBUG
    private const string Configuration = "debug";
#else
    private const string Configuration = "release";
#endif
}
