namespace Deepiri.CodeExecution.Toolchains;

/// <summary>A language whose program runs the source as it is.</summary>
/// <param name="program">The program's name.</param>
/// <param name="solution">The file that the harness looks for.</param>
/// <param name="arguments">The program's arguments, before the harness.</param>
/// <param name="reservedMegabytes">See <see cref="IToolchain.ReservedMegabytes"/>.</param>
internal sealed class ScriptToolchain(string language, string program, string solution, string harness, Func<CodeExecutionOptions, string[]> arguments, int reservedMegabytes) : IToolchain
{
    private readonly string _harness = Programs.Resource(harness);
    private readonly string? _program = Programs.Find(program);

    public static ScriptToolchain Python { get; } = new(ProgrammingLanguage.Python, "python3", "solution.py", "harness.py", _ => ["-I", "-S", "-B"], reservedMegabytes: 0);

    public static ScriptToolchain JavaScript { get; } = new(ProgrammingLanguage.JavaScript, "node", "solution.js", "harness.cjs", limits => [$"--max-old-space-size={limits.MemoryMegabytes}"], reservedMegabytes: 2048);

    public string Language => language;

    public int ReservedMegabytes => reservedMegabytes;

    public int StartupCpuSeconds => 0;

    public bool IsAvailable => _program is not null;

    public async Task<Command> PrepareAsync(string directory, CodeToRun code, CodeExecutionOptions limits, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(Path.Combine(directory, solution), code.Code, cancellationToken).ConfigureAwait(false);
        await File.WriteAllTextAsync(Path.Combine(directory, harness), _harness, cancellationToken).ConfigureAwait(false);
        return new Command(_program!, [.. arguments(limits), harness], new Dictionary<string, string>()) { ReservedMegabytes = reservedMegabytes };
    }
}
