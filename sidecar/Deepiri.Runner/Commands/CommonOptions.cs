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

    /// <summary>One run template, for commands that only read it.</summary>
    public static Option<string> RunFile { get; } = new("--run-file", "-f") { Description = "The multi-app run template", DefaultValueFactory = _ => "dapr.yaml" };

    public static string RunFileOf(ParseResult parsed) => Path.GetFullPath(parsed.GetValue(RunFile)!);

    public static string DataDirectoryOf(ParseResult parsed) => Path.GetFullPath(parsed.GetValue(DataDirectory)!);
}
