using System.Diagnostics;

namespace Deepiri.Runner.Running;

/// <summary>
/// A small shell beside the runner that ends every app when the runner is gone, even by <c>kill -9</c>: it learns the apps'
/// process groups through a pipe, and the pipe's end is the runner's end. When the shell itself is killed, a new one takes over.
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

    private readonly HashSet<int> _groups = [];
    private readonly Lock _lock = new();
    private Process _shell = Start();

    public void Add(int group)
    {
        lock (_lock)
        {
            _groups.Add(group);
            Tell($"+ {group}");
        }
    }

    public void Remove(int group)
    {
        lock (_lock)
        {
            _groups.Remove(group);
            Tell($"- {group}");
        }
    }

    public void Dispose()
    {
        _shell.StandardInput.Dispose();
        _shell.Dispose();
    }

    private static Process Start() => Process.Start(new ProcessStartInfo("setsid", ["bash", "-c", Script]) { RedirectStandardInput = true })
        ?? throw new InvalidOperationException("The guard did not start.");

    private void Tell(string line)
    {
        try
        {
            Write(line);
        }
        catch (IOException)
        {
            _shell.Dispose();
            _shell = Start();
            foreach (var group in _groups)
                Write($"+ {group}");
        }
    }

    private void Write(string line)
    {
        _shell.StandardInput.WriteLine(line);
        _shell.StandardInput.Flush();
    }
}
