using System.Runtime.InteropServices;

namespace Deepiri.CodeExecution.Toolchains;

/// <summary>C#: our own code is compiled in this process, which is fast; others' in the sandbox.</summary>
internal sealed class CSharpToolchain : IToolchain
{
    /// <summary>dotnet, three levels above <c>shared/Microsoft.NETCore.App/x.y.z/</c>.</summary>
    private readonly string _dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"));

    /// <summary>Alone with the compiler: whoever's code it runs can read what stands beside it.</summary>
    private readonly string _hostDirectory = Path.Combine(AppContext.BaseDirectory, "csharp-host");

    public string Language => ProgrammingLanguage.CSharp;

    /// <summary>What the runtime reserves for its heap and its code, and for the stacks of its threads.</summary>
    public int ReservedMegabytes => 2048;

    /// <summary>The compiler starts cold.</summary>
    public int StartupCpuSeconds => 4;

    public bool IsAvailable => File.Exists(_dotnet);

    public async Task<Command> PrepareAsync(string directory, CodeToRun code, CodeExecutionOptions limits, CancellationToken cancellationToken)
    {
        var environment = new Dictionary<string, string>
        {
            // In hexadecimal, as the runtime reads it.
            ["DOTNET_GCHeapHardLimit"] = (limits.MemoryMegabytes * 1024L * 1024).ToString("X"),
            ["DOTNET_TieredPGO"] = "0",
            ["DOTNET_gcConcurrent"] = "0",
            // However many processors there are, the C library keeps one pool of memory.
            ["MALLOC_ARENA_MAX"] = "1",
            // Its double mapping writes to a file in memory, which the limit on files forbids.
            ["DOTNET_EnableWriteXorExecute"] = "0",
            ["DOTNET_EnableDiagnostics"] = "0",
            ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1",
        };
        if (code.Sandbox == SandboxRequirement.Required)
        {
            await File.WriteAllTextAsync(Path.Combine(directory, "solution.cs"), code.Code, cancellationToken).ConfigureAwait(false);
            return new Command(_dotnet, ["exec", Path.Combine(_hostDirectory, "Deepiri.CSharpHost.dll")], environment) { ReservedMegabytes = ReservedMegabytes, Needs = [_hostDirectory] };
        }
        using (var file = File.Create(Path.Combine(directory, CSharpCompiler.AssemblyName + ".dll")))
        {
            if (CSharpCompiler.Compile(code.Code, file, cancellationToken) is { } faults)
                throw new CompilationException(faults);
        }
        var version = Environment.Version;
        await File.WriteAllTextAsync(Path.Combine(directory, CSharpCompiler.AssemblyName + ".runtimeconfig.json"),
            $$"""{ "runtimeOptions": { "tfm": "net{{version.Major}}.0", "framework": { "name": "Microsoft.NETCore.App", "version": "{{version}}" } } }""", cancellationToken).ConfigureAwait(false);
        return new Command(_dotnet, ["exec", CSharpCompiler.AssemblyName + ".dll"], environment) { ReservedMegabytes = ReservedMegabytes };
    }
}
