namespace Deepiri.CodeExecution.Toolchains;

/// <summary>The toolchains of this machine.</summary>
internal static class Toolchain
{
    /// <summary>By language, those whose programs are installed.</summary>
    public static Dictionary<string, IToolchain> Available { get; } =
        new IToolchain[] { ScriptToolchain.Python, ScriptToolchain.JavaScript, new CSharpToolchain() }
            .Where(t => t.IsAvailable)
            .ToDictionary(t => t.Language, StringComparer.Ordinal);
}
