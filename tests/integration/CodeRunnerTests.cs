using System.Text.Json;
using Deepiri.CodeExecution;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace Deepiri.IntegrationTests;

public sealed class CodeRunnerTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly CodeRunner _runner;

    public CodeRunnerTests() => _runner = NewRunner();

    public void Dispose()
    {
        _runner.Dispose();
        _directory.Dispose();
    }

    [Theory]
    [InlineData("python", "def solve(numbers, k):\n    print('noise')\n    return sum(n for n in numbers if n > k)")]
    [InlineData("javascript", "function solve(numbers, k) { console.log('noise'); return numbers.filter(n => n > k).reduce((a, b) => a + b, 0); }")]
    [InlineData("csharp", "public static class Solution { public static int Solve(int[] numbers, int k) { Console.WriteLine(\"noise\"); return numbers.Where(n => n > k).Sum(); } }")]
    public async Task A_solution_is_called_with_each_input_and_what_it_prints_is_no_answer(string language, string code)
    {
        var report = await RunAsync(language, code, "[[1,2,3],1]", "[[],0]");
        Assert.Null(report.Fault);
        Assert.Equal(["5", "0"], report.Calls.Select(c => c.Output));
    }

    [Theory]
    [InlineData("python", "def solve(n):\n    return 10 // n", "ZeroDivisionError")]
    [InlineData("javascript", "function solve(n) { if (n === 0) throw new RangeError('zero'); return 10 / n; }", "RangeError")]
    [InlineData("csharp", "public static class Solution { public static int Solve(int n) => 10 / n; }", "DivideByZeroException")]
    public async Task A_call_that_throws_is_an_error_of_that_call(string language, string code, string error)
    {
        var report = await RunAsync(language, code, "[0]", "[5]");
        Assert.Contains(error, report.Calls[0].Error);
        Assert.Equal("2", report.Calls[1].Output);
    }

    [Theory]
    [InlineData("python", "def solve(:")]
    [InlineData("python", "answer = 42")]
    [InlineData("javascript", "function solve( {")]
    [InlineData("javascript", "const answer = 42;")]
    [InlineData("csharp", "public static class Solution { public static int Solve(int n) => ; }")]
    [InlineData("csharp", "public static class Other { }")]
    public async Task Code_without_a_function_to_call_is_a_fault(string language, string code) =>
        Assert.NotEmpty((await RunAsync(language, code, "[1]")).Fault!);

    [Theory]
    [InlineData("python", "def solve(n):\n    while n: pass\n    return n")]
    [InlineData("javascript", "function solve(n) { while (n) { } return n; }")]
    [InlineData("csharp", "public static class Solution { public static int Solve(int n) { while (n > 0) { } return n; } }")]
    public async Task An_endless_loop_is_ended_and_earlier_answers_stand(string language, string code)
    {
        var report = await RunAsync(language, code, "[0]", "[1]");
        Assert.Equal("0", report.Calls[0].Output);
        Assert.NotNull(report.Calls[1].Error);
    }

    [Theory]
    [InlineData("python", "import __main__\ndef solve(n):\n    __main__.answer(5)\n    return 1")]
    [InlineData("python", "import __main__\ndef solve(n):\n    __main__.answer({})\n    return 1")]
    [InlineData("python", "def solve(n):\n    raise Exception('\\ud800')")]
    [InlineData("python", "def solve(n):\n    return '\\ud800'")]
    [InlineData("python", "import __main__\ndef solve(n):\n    __main__.answers.write('{\"output\":1e99999999999}\\n')\n    return 1")]
    public async Task Answers_that_are_none_are_faults_of_the_solution(string language, string code) =>
        Assert.NotNull(await _runner.FindFaultAsync(language, code, [new ExpectedCall("[1]", "2")], SandboxRequirement.Required, CancellationToken.None));

    [Theory]
    [InlineData("const input = 3; const JSON = 4; function solve(n) { return n * 2; }")]
    [InlineData("let line = 1, solveAll = 2; const solve = n => n * 2;")]
    public async Task Names_of_the_solution_are_its_own(string code) =>
        Assert.Null(await _runner.FindFaultAsync("javascript", code, [new ExpectedCall("[4]", "8")], SandboxRequirement.Required, CancellationToken.None));

    /// <summary>These overflow the compiler's stack, or keep it busy for ever.</summary>
    [Theory]
    [InlineData("(")]
    [InlineData("[")]
    [InlineData("x<")]
    [InlineData("(a,")]
    public async Task Code_that_brings_the_compiler_down_harms_nobody_else(string repeated)
    {
        var report = await RunAsync("csharp", string.Concat(Enumerable.Repeat(repeated, 20_000)), "[1]");
        Assert.True(report.Fault is not null || report.Calls[0].Error is not null);
    }

    [Theory]
    [InlineData("python", "def solve(n):\n    return len('x' * (n * 1024 * 1024))")]
    [InlineData("javascript", "function solve(n) { const a = []; for (let i = 0; i < n; i++) a.push(new Array(131072).fill(i)); return a.length; }")]
    [InlineData("csharp", "public static class Solution { public static int Solve(int n) { var a = new List<byte[]>(); for (var i = 0; i < n; i++) a.Add(new byte[1024 * 1024]); return a.Count; } }")]
    public async Task Memory_is_limited(string language, string code) =>
        Assert.Null((await RunAsync(language, code, "[2000]")).Calls[0].Output);

    [Fact]
    public async Task What_is_written_is_limited() =>
        Assert.Contains("wrote more than", (await RunAsync("python", "def solve(n):\n    return 'x' * (n * 1024 * 1024)", "[3]")).Calls[0].Error);

    [Theory]
    [InlineData("import socket\ndef solve(n):\n    socket.create_connection(('127.0.0.1', 22), 1)")]
    [InlineData("import os\ndef solve(n):\n    return len(os.listdir('/root'))")]
    [InlineData("import os\ndef solve(n):\n    return len(os.listdir('/home'))")]
    [InlineData("def solve(n):\n    open('/solution/solution.py', 'w').write('')")]
    [InlineData("def solve(n):\n    f = open('/tmp/x', 'w'); f.write('x'); f.close()")]
    [InlineData("import os\ndef solve(n):\n    if len([p for p in os.listdir('/proc') if p.isdigit()]) < 5: raise Exception('alone')")]
    public async Task The_sandbox_shows_neither_network_nor_files_nor_processes(string code)
    {
        Assert.NotNull(Assert.Single((await RunAsync("python", code, "[1]")).Calls).Error);
    }

    [Fact]
    public async Task What_it_says_of_its_end_is_cut()
    {
        var report = await RunAsync("python", "import os, sys\ndef solve(n):\n    sys.stderr.write('x' * 100000); sys.stderr.flush(); os._exit(3)", "[1]");
        Assert.StartsWith("ended with exit code 3: xxx", report.Calls[0].Error);
        Assert.InRange(report.Calls[0].Error!.Length, 100, 600);
    }

    /// <summary>Memory that stays when it is let go of, namespaces of one's own, and other processes.</summary>
    [Theory]
    [InlineData("libc.shmget(0, 1 << 20, 0o1600)")]
    [InlineData("libc.msgget(0, 0o1600)")]
    [InlineData("libc.unshare(0x10000000)")]
    [InlineData("libc.ptrace(16, 1, 0, 0)")]
    [InlineData("libc.syscall(425, 8, 0)")]
    [InlineData("max(os.dup(0) for _ in range(1000))")]
    public async Task Calls_that_reach_around_the_limits_are_refused(string call) =>
        Assert.Contains("refused", (await RunAsync("python", $"import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\ndef solve(n):\n    try:\n        if {call} >= 0: return 'allowed'\n    except OSError as e:\n        raise Exception('refused')\n    if ctypes.get_errno() == 1: raise Exception('refused')\n    raise Exception(str(ctypes.get_errno()))", "[1]")).Calls[0].Error);

    /// <summary>Limits of the kernel are per process, so there is one.</summary>
    [Theory]
    [InlineData("python", "import os\ndef solve(n):\n    return os.fork()", "PermissionError")]
    [InlineData("javascript", "function solve(n) { console.log.constructor('return process')().getBuiltinModule('child_process').execSync('true'); }", "EPERM")]
    [InlineData("csharp", "public static class Solution { public static int Solve(int n) => System.Diagnostics.Process.Start(\"/bin/true\").Id; }", "not permitted")]
    public async Task No_process_can_be_started(string language, string code, string error) =>
        Assert.Contains(error, (await RunAsync(language, code, "[1]")).Calls[0].Error);

    [Theory]
    [InlineData("python", "import threading\ndef solve(n):\n    got = []\n    t = threading.Thread(target=lambda: got.append(n)); t.start(); t.join()\n    return got[0]")]
    [InlineData("csharp", "public static class Solution { public static int Solve(int n) => Task.Run(() => n).GetAwaiter().GetResult(); }")]
    public async Task Threads_can_be_started(string language, string code) =>
        Assert.Equal("1", (await RunAsync(language, code, "[1]")).Calls[0].Output);

    /// <summary>Memory that is not on the heap: buffers of node, pages that a process asks the kernel for.</summary>
    [Theory]
    [InlineData("python", "import mmap\ndef solve(n):\n    m = mmap.mmap(-1, n << 20)\n    for i in range(0, n << 20, 4096): m[i] = 1\n    return n")]
    [InlineData("javascript", "function solve(n) { const all = []; for (let i = 0; i < n; i++) all.push(new Uint8Array(1 << 20).fill(1)); return n; }")]
    [InlineData("csharp", """
        public static class Solution
        {
            [System.Runtime.InteropServices.DllImport("libc")] static extern nint mmap(nint address, nint length, int protection, int flags, int file, nint offset);
            public static int Solve(int n)
            {
                for (var i = 0; i < n; i++)
                    if (mmap(0, 1 << 20, 3, 0x21, -1, 0) == -1) throw new OutOfMemoryException();
                return n;
            }
        }
        """)]
    public async Task Memory_beside_the_heap_is_limited(string language, string code) =>
        Assert.Null((await RunAsync(language, code, "[3000]")).Calls[0].Output);

    /// <summary>The grammar's assemblies know the solutions of all challenges.</summary>
    [Fact]
    public async Task A_strangers_csharp_sees_the_compiler_and_nothing_else_of_the_service()
    {
        var report = await RunAsync("csharp", "public static class Solution { public static int Solve(string d) => Directory.GetFiles(d, \"*.dll\").Length; }", $"[{JsonSerializer.Serialize(AppContext.BaseDirectory)}]", $"[{JsonSerializer.Serialize(Path.Combine(AppContext.BaseDirectory, "csharp-host"))}]");
        Assert.Equal(["0", "3"], report.Calls.Select(c => c.Output));
    }

    [Fact]
    public async Task Nothing_is_left_behind()
    {
        await RunAsync("python", "def solve(n):\n    while True: pass", "[1]");
        Assert.Empty(Directory.GetDirectories(_directory.Path));
    }

    [Fact]
    public void What_a_killed_service_left_is_swept_when_it_is_old()
    {
        var old = Directory.CreateDirectory(Path.Combine(_directory.Path, "deepiri-run-old"));
        File.WriteAllText(Path.Combine(old.FullName, "solution.py"), "");
        old.LastWriteTimeUtc = TimeProvider.System.GetUtcNow().UtcDateTime.AddHours(-2);
        var young = Directory.CreateDirectory(Path.Combine(_directory.Path, "deepiri-run-young"));
        var others = Directory.CreateDirectory(Path.Combine(_directory.Path, "others"));
        others.LastWriteTimeUtc = old.LastWriteTimeUtc;
        using var runner = NewRunner();
        Assert.Equal([young.FullName, others.FullName], Directory.GetDirectories(_directory.Path).Order());
    }

    [Fact]
    public async Task An_unknown_language_names_the_known_ones() =>
        Assert.Contains("python", (await Assert.ThrowsAsync<CannotRunException>(() => RunAsync("cobol", "", "[1]"))).Message);

    private Task<RunReport> RunAsync(string language, string code, params string[] inputs) => _runner.RunAsync(new CodeToRun(language, code, inputs, SandboxRequirement.Required), CancellationToken.None);

    private CodeRunner NewRunner() => new(Options.Create(new CodeExecutionOptions { Directory = _directory.Path }), CheckedSandbox.Monitor, TimeProvider.System, NullLogger<CodeRunner>.Instance);
}
