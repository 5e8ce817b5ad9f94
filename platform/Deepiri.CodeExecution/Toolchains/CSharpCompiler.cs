using System.Runtime.InteropServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Deepiri.CodeExecution.Toolchains;

/// <summary>Compiles a solution with its harness. Not for hostile code: that can overflow the compiler's stack, which ends the process.</summary>
internal static class CSharpCompiler
{
    /// <summary>The name of what is compiled.</summary>
    public const string AssemblyName = "solution";

    /// <summary>As the SDK's ImplicitUsings for a console program.</summary>
    private const string Usings = "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Threading; global using System.Threading.Tasks;";

    private static readonly CSharpParseOptions s_language = new(LanguageVersion.Latest);
    private static readonly CSharpCompilationOptions s_options = new(OutputKind.ConsoleApplication, optimizationLevel: OptimizationLevel.Release, nullableContextOptions: NullableContextOptions.Enable);
    private static readonly Lazy<CSharpCompilation> s_empty = new(() => CSharpCompilation.Create(AssemblyName,
        [Parse(Harness(), "Harness.cs"), Parse(Usings, "Usings.cs")],
        Directory.GetFiles(RuntimeEnvironment.GetRuntimeDirectory(), "*.dll").Where(IsReference).Select(f => MetadataReference.CreateFromFile(f)), s_options));

    /// <summary>Writes the assembly; gives the errors in words when there are any.</summary>
    public static string? Compile(string code, Stream into, CancellationToken cancellationToken)
    {
        var result = s_empty.Value.AddSyntaxTrees(Parse(code, "Solution.cs")).Emit(into, cancellationToken: cancellationToken);
        return result.Success ? null : string.Join('\n', result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).Take(5));
    }

    private static string Harness()
    {
        using var reader = new StreamReader(typeof(CSharpCompiler).Assembly.GetManifestResourceStream("Harness.cs")!);
        return reader.ReadToEnd();
    }

    private static SyntaxTree Parse(string source, string path) => CSharpSyntaxTree.ParseText(source, s_language, path, System.Text.Encoding.UTF8);

    /// <summary>The class library, with what its types derive from (exceptions of sockets and processes) and what <c>dynamic</c> needs.</summary>
    private static bool IsReference(string file)
    {
        var name = Path.GetFileNameWithoutExtension(file);
        return name is "Microsoft.Win32.Primitives" or "Microsoft.CSharp" || name.StartsWith("System", StringComparison.Ordinal) && !name.Contains("Native", StringComparison.Ordinal);
    }
}
