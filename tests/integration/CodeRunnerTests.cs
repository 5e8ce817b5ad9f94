using Deepiri.CodeExecution;
using Microsoft.Extensions.Options;

namespace Deepiri.IntegrationTests;

public sealed class CodeRunnerTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly CodeRunner _runner;

    public CodeRunnerTests() => _runner = new(Options.Create(new CodeExecutionOptions { Directory = _directory.Path }));

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
    public async Task Answers_that_are_none_are_faults_of_the_solution(string language, string code) =>
        Assert.NotNull(await _runner.FindFaultAsync(language, code, [new ExpectedCall("[1]", "2")], isTrusted: false, CancellationToken.None));

    [Theory]
    [InlineData("const input = 3; const JSON = 4; function solve(n) { return n * 2; }")]
    [InlineData("let line = 1, solveAll = 2; const solve = n => n * 2;")]
    public async Task Names_of_the_solution_are_its_own(string code) =>
        Assert.Null(await _runner.FindFaultAsync("javascript", code, [new ExpectedCall("[4]", "8")], isTrusted: false, CancellationToken.None));

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
        Assert.True(_runner.IsSandboxed);
        Assert.NotNull(Assert.Single((await RunAsync("python", code, "[1]")).Calls).Error);
    }

    [Fact]
    public async Task Nothing_is_left_behind()
    {
        var report = await RunAsync("python", "import os\ndef solve(n):\n    if os.fork() == 0:\n        while True: pass\n    return os.getpid()", "[1]");
        Assert.NotNull(report.Calls[0].Output);
        Assert.Empty(Directory.GetDirectories(_directory.Path));
    }

    [Fact]
    public async Task An_unknown_language_names_the_known_ones() =>
        Assert.Contains("python", (await Assert.ThrowsAsync<NotSupportedException>(() => RunAsync("cobol", "", "[1]"))).Message);

    private Task<RunReport> RunAsync(string language, string code, params string[] inputs) => _runner.RunAsync(new CodeToRun(language, code, inputs, IsTrusted: false), CancellationToken.None);
}
