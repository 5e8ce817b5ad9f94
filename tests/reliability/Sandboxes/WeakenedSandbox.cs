using System.IO.Enumeration;
using Deepiri.CodeExecution;
using Deepiri.CodeExecution.Checks;
using Deepiri.CodeExecution.Isolation;
using Deepiri.CodeExecution.Toolchains;
using Microsoft.Extensions.Logging.Abstractions;

namespace Deepiri.Reliability.Sandboxes;

/// <summary>The checks of the sandbox, with protections taken away from the command line that would have started it.</summary>
internal static class WeakenedSandbox
{
    public const string Remove = "remove ";

    /// <summary>Arguments of bubblewrap.</summary>
    public const string Add = "add ";

    public static Task<SandboxReport> CheckAsync(string language, string[] probes, string[] edits)
    {
        var limits = new CodeExecutionOptions();
        var sandbox = new Sandbox(limits) { Edit = words => edits.Aggregate(words, Apply) };
        var toolchain = Toolchain.Available[language];
        // A protection that is gone shows when the time is over.
        var check = edits.Length == 0
            ? new SandboxCheck(sandbox, limits, NullLogger.Instance)
            : new SandboxCheck(sandbox, limits, NullLogger.Instance) { Timeout = TimeSpan.FromSeconds(toolchain.StartupCpuSeconds + 6), EndTimeout = TimeSpan.FromSeconds(4) };
        return check.RunAsync(toolchain, [.. probes.Select(Enum.Parse<SandboxProbe>)], CancellationToken.None);
    }

    private static string[] Apply(string[] words, string edit)
    {
        if (edit.StartsWith(Add, StringComparison.Ordinal))
        {
            var at = Array.FindIndex(words, w => w.EndsWith("/bwrap", StringComparison.Ordinal)) + 1;
            return [.. words[..at], .. edit[Add.Length..].Split(' '), .. words[at..]];
        }
        var patterns = edit[Remove.Length..].Split(' ');
        var found = Enumerable.Range(0, words.Length - patterns.Length + 1)
            .First(at => patterns.Index().All(p => FileSystemName.MatchesSimpleExpression(p.Item, words[at + p.Index], ignoreCase: false)));
        return [.. words[..found], .. words[(found + patterns.Length)..]];
    }
}
