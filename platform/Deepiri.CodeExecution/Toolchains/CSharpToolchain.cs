using System.Runtime.InteropServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Deepiri.CodeExecution.Toolchains;

internal sealed class CSharpToolchain : IToolchain
{
    private const string Assembly = "solution";

    /// <summary>As the SDK's ImplicitUsings for a console program.</summary>
    private const string Usings = "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Threading; global using System.Threading.Tasks;";

    private static readonly string s_runtime = RuntimeEnvironment.GetRuntimeDirectory();
    private static readonly CSharpParseOptions s_language = new(LanguageVersion.Latest);
    private static readonly CSharpCompilationOptions s_options = new(OutputKind.ConsoleApplication, optimizationLevel: OptimizationLevel.Release, nullableContextOptions: NullableContextOptions.Enable);
    private static readonly Lazy<CSharpCompilation> s_empty = new(() => CSharpCompilation.Create(Assembly,
        [Parse(Programs.Harness("Harness.cs"), "Harness.cs"), Parse(Usings, "Usings.cs")],
        Directory.GetFiles(s_runtime, "System*.dll").Where(IsManaged).Select(f => MetadataReference.CreateFromFile(f)), s_options));

    /// <summary>dotnet, two levels above <c>shared/Microsoft.NETCore.App/x.y.z/</c>.</summary>
    private readonly string _dotnet = Path.GetFullPath(Path.Combine(s_runtime, "../../../dotnet"));

    public string Language => ProgrammingLanguage.CSharp;

    public bool IsAvailable => File.Exists(_dotnet);

    public async Task<Command> PrepareAsync(string directory, string code, CodeExecutionOptions limits, CancellationToken cancellationToken)
    {
        var compilation = s_empty.Value.AddSyntaxTrees(Parse(code, "Solution.cs"));
        using (var file = File.Create(Path.Combine(directory, Assembly + ".dll")))
        {
            var result = compilation.Emit(file, cancellationToken: cancellationToken);
            if (!result.Success)
                throw new CompilationException(string.Join('\n', result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Take(5)));
        }
        var version = Environment.Version;
        await File.WriteAllTextAsync(Path.Combine(directory, Assembly + ".runtimeconfig.json"),
            $$"""{ "runtimeOptions": { "tfm": "net{{version.Major}}.0", "framework": { "name": "Microsoft.NETCore.App", "version": "{{version}}" } } }""", cancellationToken).ConfigureAwait(false);
        return new Command(_dotnet, ["exec", Assembly + ".dll"], new Dictionary<string, string>
        {
            // In hexadecimal, as the runtime reads it.
            ["DOTNET_GCHeapHardLimit"] = (limits.MemoryMegabytes * 1024L * 1024).ToString("X"),
            ["DOTNET_TieredPGO"] = "0",
            // Its double mapping writes to a file in memory, which the limit on files forbids.
            ["DOTNET_EnableWriteXorExecute"] = "0",
            ["DOTNET_EnableDiagnostics"] = "0",
            ["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1",
        }, null);
    }

    private static SyntaxTree Parse(string source, string path) => CSharpSyntaxTree.ParseText(source, s_language, path, System.Text.Encoding.UTF8);

    private static bool IsManaged(string file) => !Path.GetFileName(file).Contains("Native", StringComparison.Ordinal);
}
