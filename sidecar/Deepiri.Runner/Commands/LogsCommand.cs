using System.CommandLine;
using Deepiri.Runner.Running;

namespace Deepiri.Runner.Commands;

/// <summary><c>deepiri logs [app]</c>: the last lines of one app's log or of all, and with <c>-f</c> what comes.</summary>
internal static class LogsCommand
{
    private static readonly Argument<string?> s_app = new("app") { Description = "The app id; all apps when left out", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<int> s_lines = new("--lines", "-n") { Description = "How many lines", DefaultValueFactory = _ => 50 };
    private static readonly Option<bool> s_follow = new("--follow", "-f") { Description = "Go on with new lines" };

    public static Command Create()
    {
        var command = new Command("logs", "Show the apps' output") { s_app, s_lines, s_follow };
        command.SetAction((parsed, cancellationToken) => RunAsync(Path.Combine(CommonOptions.DataDirectoryOf(parsed), "logs"), parsed.GetValue(s_app), parsed.GetValue(s_lines), parsed.GetValue(s_follow), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string directory, string? app, int lines, bool follow, CancellationToken cancellationToken)
    {
        var known = Directory.Exists(directory) ? Directory.GetFiles(directory, "*.log").Order(StringComparer.Ordinal).ToList() : [];
        var chosen = app is null ? known : known.Where(f => f == AppLog.FileOf(directory, app)).ToList();
        if (chosen.Count == 0)
        {
            Console.Error.WriteLine(app is null ? $"There are no logs in {directory}." : $"There is no log of '{app}'; there are {string.Join(", ", known.Select(Path.GetFileNameWithoutExtension))}.");
            return 1;
        }
        await Task.WhenAll(chosen.Select(file => PrintAsync(file, chosen.Count > 1 ? Path.GetFileNameWithoutExtension(file) + " | " : "", lines, follow, cancellationToken)));
        return 0;
    }

    private static async Task PrintAsync(string file, string prefix, int lines, bool follow, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        var last = new Queue<string>();
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (last.Count == lines)
                last.Dequeue();
            last.Enqueue(line);
        }
        foreach (var line in last)
            Console.WriteLine(prefix + line);
        while (follow)
        {
            if (await reader.ReadLineAsync(cancellationToken) is { } line)
                Console.WriteLine(prefix + line);
            else
                await Task.Delay(100, cancellationToken);
        }
    }
}
