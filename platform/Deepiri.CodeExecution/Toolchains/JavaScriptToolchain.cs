namespace Deepiri.CodeExecution.Toolchains;

internal sealed class JavaScriptToolchain : IToolchain
{
    private static readonly string s_harness = Programs.Harness("harness.cjs");
    private readonly string? _node = Programs.Find("node");

    public string Language => ProgrammingLanguage.JavaScript;

    public bool IsAvailable => _node is not null;

    public async Task<Command> PrepareAsync(string directory, CodeToRun code, CodeExecutionOptions limits, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(Path.Combine(directory, "solution.js"), code.Code, cancellationToken).ConfigureAwait(false);
        await File.WriteAllTextAsync(Path.Combine(directory, "harness.cjs"), s_harness, cancellationToken).ConfigureAwait(false);
        return new Command(_node!, [$"--max-old-space-size={limits.MemoryMegabytes}", "harness.cjs"], new Dictionary<string, string>(), null);
    }
}
