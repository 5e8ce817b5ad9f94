using System.Text;
using Deepiri.Runner.Template;

namespace Deepiri.Runner.Running;

/// <summary>An app's output: <c>logs/{app}.log</c> in the data directory, rotated at 20 MB, and prefixed lines on the console.</summary>
internal sealed class AppLog : IDisposable
{
    private const long LargestFile = 20 * 1024 * 1024;
    private static readonly string[] s_colours = ["36", "32", "33", "35", "34", "96", "92", "93", "95", "94"];
    private static readonly Lock s_console = new();
    private static int s_nextColour;

    private readonly string _file;
    private readonly string _prefix;
    private readonly LogDestination _destination;
    private readonly Lock _lock = new();
    private StreamWriter _writer;
    private long _written;
    private bool _failing;

    public AppLog(string directory, string appId, LogDestination destination, int prefixWidth)
    {
        PrivateFile.CreateFolder(directory);
        _file = FileOf(directory, appId);
        _destination = destination;
        _prefix = Prefix(appId.PadRight(prefixWidth));
        _writer = Open();
    }

    public static string FileOf(string directory, string appId) => Path.Combine(directory, appId + ".log");

    public void Write(string line)
    {
        lock (_lock)
        {
            if (_destination.HasFlag(LogDestination.File))
                WriteToFile(line);
        }
        if (_destination.HasFlag(LogDestination.Console))
        {
            lock (s_console)
                Console.Out.WriteLine(_prefix + line);
        }
    }

    /// <summary>A full disk must not stop the app, which would wait for its output to be read: the lines are lost, and the console says so once.</summary>
    private void WriteToFile(string line)
    {
        try
        {
            _written += Encoding.UTF8.GetByteCount(line) + 1;
            if (_written > LargestFile)
            {
                _writer.Dispose();
                _writer = Open();
            }
            _writer.WriteLine(line);
            _failing = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            if (!_failing)
                Console.Error.WriteLine($"{_file} cannot be written: {e.Message}");
            _failing = true;
        }
    }

    /// <summary>Copies a stream's lines until it ends.</summary>
    public async Task CopyAsync(StreamReader from)
    {
        while (await from.ReadLineAsync().ConfigureAwait(false) is { } line)
            Write(line);
    }

    public void Dispose()
    {
        lock (_lock)
            _writer.Dispose();
    }

    private static string Prefix(string name)
    {
        var colour = s_colours[Interlocked.Increment(ref s_nextColour) % s_colours.Length];
        var plain = Console.IsOutputRedirected || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 };
        return plain ? $"{name} | " : $"\u001b[{colour}m{name}\u001b[0m | ";
    }

    /// <summary>The log of the run before is kept as <c>.log.1</c>.</summary>
    private StreamWriter Open()
    {
        if (File.Exists(_file) && new FileInfo(_file).Length > 0)
            File.Move(_file, _file + ".1", overwrite: true);
        var writer = new StreamWriter(_file, PrivateFile.Options(FileMode.Create, FileShare.Read)) { AutoFlush = true };
        _written = 0;
        return writer;
    }
}
