using System.Diagnostics;
using System.Text.Json;
using Deepiri.CodeExecution.Checks;

namespace Deepiri.Reliability.Sandboxes;

/// <summary>
/// Each probe of the sandbox, in each language, as root and as an ordinary user: it finds nothing, and it does find what it looks for when one
/// protection is taken away. docs/security.md names the protections.
/// </summary>
public sealed class SandboxTests(SandboxTests.Checks checks) : IClassFixture<SandboxTests.Checks>
{
    private const string Root = "root";
    private const string Ordinary = "an ordinary user";

    private static readonly string[] s_users = [Root, Ordinary];
    private static readonly string[] s_languages = ["python", "javascript", "csharp"];

    /// <summary>A protection that is taken away, and the probe that then finds a way.</summary>
    private static readonly (string Edit, SandboxProbe Probe, string[] Languages, string[] Users)[] s_weaknesses =
    [
        ("remove */setpriv --reuid=* --regid=* --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs", SandboxProbe.User, s_languages, [Root]),
        // Bubblewrap drops them by itself, too.
        ("remove --cap-drop ALL; add --cap-add ALL", SandboxProbe.User, s_languages, [Ordinary]),
        ("remove --remount-ro /proc", SandboxProbe.KernelSettings, s_languages, s_users),
        ("add --ro-bind /sys /sys", SandboxProbe.KernelSettings, s_languages, s_users),
        ("add --ro-bind /etc /etc", SandboxProbe.ServiceFiles, s_languages, s_users),
        ("remove --unshare-net", SandboxProbe.Network, s_languages, s_users),
        ("remove --seccomp 3", SandboxProbe.Processes, s_languages, s_users),
        ("remove --unshare-pid", SandboxProbe.Processes, s_languages, s_users),
        ("remove */prlimit --nproc=*", SandboxProbe.Threads, ["python", "csharp"], s_users),
        // Python has no reserve of address space, so that the limit on it is the lower one; JavaScript cannot map memory that it does not own.
        ("remove --as=*", SandboxProbe.Memory, ["python", "csharp"], s_users),
        ("remove --data=*", SandboxProbe.Memory, ["javascript", "csharp"], s_users),
        ("remove --cpu=*", SandboxProbe.Time, s_languages, s_users),
        ("remove --die-with-parent", SandboxProbe.Outliving, s_languages, s_users),
        ("remove */timeout --signal=KILL *", SandboxProbe.Outliving, s_languages, s_users),
    ];

    public static IEnumerable<object[]> Probes =>
        from user in s_users
        from language in s_languages
        from probe in SandboxCheck.ProbesOf(language)
        select new object[] { user, language, probe.ToString() };

    public static IEnumerable<object[]> Weaknesses =>
        from weakness in s_weaknesses
        from user in weakness.Users
        from language in weakness.Languages
        select new object[] { user, language, weakness.Probe.ToString(), weakness.Edit };

    [Theory]
    [MemberData(nameof(Probes))]
    public async Task Code_from_users_does_not_get_out(string user, string language, string probe)
    {
        var report = await checks.AllAsync(user, language);
        Assert.Null(report.Fault);
        Assert.DoesNotContain(report.Breaches, b => b.StartsWith(NameOf(probe), StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Weaknesses))]
    public async Task A_protection_that_is_gone_is_noticed(string user, string language, string probe, string edit)
    {
        var report = await checks.RunAsync(user, language, probe, edit.Split("; "));
        Assert.Null(report.Fault);
        Assert.NotEmpty(report.Breaches);
        Assert.All(report.Breaches, b => Assert.StartsWith(NameOf(probe), b));
    }

    private static string NameOf(string probe) => JsonNamingPolicy.KebabCaseLower.ConvertName(probe) + ": ";

    /// <summary>Runs the checks in a process of the user.</summary>
    public sealed class Checks : IDisposable
    {
        private const string OrdinaryId = "4242";

        private readonly Dictionary<(string User, string Language), Task<SandboxReport>> _all = [];
        private readonly TemporaryDirectory _directory = new();

        /// <summary>The ordinary user cannot read the folder of the tests when that is, for example, in root's home.</summary>
        public Checks()
        {
            foreach (var folder in new[] { "", "work", "home" })
                File.SetUnixFileMode(_directory.Folder(folder), (UnixFileMode)0b111_111_111);
            Run("cp", "-r", AppContext.BaseDirectory, Path.Combine(_directory.Path, "program"));
            Run("chmod", "-R", "a+rX", Path.Combine(_directory.Path, "program"));
        }

        public Task<SandboxReport> AllAsync(string user, string language)
        {
            lock (_all)
                return _all.TryGetValue((user, language), out var known) ? known : _all[(user, language)] = RunAsync(user, language, string.Join(',', SandboxCheck.ProbesOf(language)));
        }

        public async Task<SandboxReport> RunAsync(string user, string language, string probes, params string[] edits)
        {
            string[] asUser = (user, Environment.IsPrivilegedProcess) switch
            {
                (Root, false) => ["sudo", "-n"],
                (Ordinary, true) => ["setpriv", $"--reuid={OrdinaryId}", $"--regid={OrdinaryId}", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"],
                _ => [],
            };
            string[] command = [.. asUser, "env", $"TMPDIR={_directory.Folder("work")}", $"HOME={_directory.Folder("home")}", "dotnet", Path.Combine(_directory.Path, "program", "Deepiri.Reliability.dll"), "sandbox-check", language, probes, .. edits];
            using var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 0, await errors);
            return JsonSerializer.Deserialize<SandboxReport>(output)!;
        }

        public void Dispose() => _directory.Dispose();

        private static void Run(string program, params string[] arguments)
        {
            using var process = Process.Start(program, arguments);
            process.WaitForExit();
            Assert.Equal(0, process.ExitCode);
        }
    }
}
