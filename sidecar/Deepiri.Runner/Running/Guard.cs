using System.Diagnostics;

namespace Deepiri.Runner.Running;

/// <summary>
/// A small shell beside the runner that ends every app when the runner is gone, even by <c>kill -9</c>: it learns the apps'
/// process groups through a pipe, and the pipe's end is the runner's end.
/// </summary>
internal sealed class Guard : IDisposable
{
    private const string Script = """
        declare -A groups
        while read -r operation group; do
          if [ "$operation" = + ]; then groups[$group]=1; else unset "groups[$group]"; fi
        done
        for group in "${!groups[@]}"; do kill -KILL -- "-$group" 2>/dev/null; done
        """;

    private readonly Process _shell = Process.Start(new ProcessStartInfo("setsid", ["bash", "-c", Script]) { RedirectStandardInput = true })
        ?? throw new InvalidOperationException("The guard did not start.");

    private readonly Lock _lock = new();

    public void Add(int group) => Tell('+', group);

    public void Remove(int group) => Tell('-', group);

    public void Dispose()
    {
        _shell.StandardInput.Dispose();
        _shell.Dispose();
    }

    private void Tell(char operation, int group)
    {
        lock (_lock)
        {
            _shell.StandardInput.WriteLine($"{operation} {group}");
            _shell.StandardInput.Flush();
        }
    }
}
