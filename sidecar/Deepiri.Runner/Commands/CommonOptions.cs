using System.CommandLine;

namespace Deepiri.Runner.Commands;

/// <summary>Options that several commands share.</summary>
internal static class CommonOptions
{
    public static Option<string> DataDirectory { get; } = new("--data-dir")
    {
        Description = "Where the platform keeps its state, logs and secrets",
        DefaultValueFactory = _ => ".deepiri",
        Recursive = true,
    };

    public static string DataDirectoryOf(ParseResult parsed) => Path.GetFullPath(parsed.GetValue(DataDirectory)!);
}
