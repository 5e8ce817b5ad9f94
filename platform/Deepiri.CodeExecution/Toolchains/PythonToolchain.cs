namespace Deepiri.CodeExecution.Toolchains;

internal sealed class PythonToolchain : IToolchain
{
    private static readonly string s_harness = Programs.Harness("harness.py");
    private readonly string? _python = Programs.Find("python3");

    public string Language => ProgrammingLanguage.Python;

    public bool IsAvailable => _python is not null;

    public async Task<Command> PrepareAsync(string directory, CodeToRun code, CodeExecutionOptions limits, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(Path.Combine(directory, "solution.py"), code.Code, cancellationToken).ConfigureAwait(false);
        await File.WriteAllTextAsync(Path.Combine(directory, "harness.py"), s_harness, cancellationToken).ConfigureAwait(false);
        return new Command(_python!, ["-I", "-S", "-B", "harness.py"], new Dictionary<string, string>(), limits.MemoryMegabytes);
    }
}
