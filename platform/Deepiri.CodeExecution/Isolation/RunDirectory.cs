using Microsoft.Extensions.Logging;

namespace Deepiri.CodeExecution.Isolation;

/// <summary>The directory of one run, which other users of the machine cannot look into; it is deleted after the run.</summary>
internal sealed partial class RunDirectory : IDisposable
{
    private const string Prefix = "deepiri-run-";

    /// <summary>Far longer than a run takes.</summary>
    private static readonly TimeSpan s_abandoned = TimeSpan.FromHours(1);

    private readonly ILogger _log;

    public RunDirectory(string parent, ILogger log)
    {
        _log = log;
        Path = System.IO.Path.Combine(parent, $"{Prefix}{Guid.NewGuid():N}");
        Solution = System.IO.Path.Combine(Path, "solution");
        Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Directory.CreateDirectory(Solution);
    }

    /// <summary>The directory as a whole; only the service can enter it.</summary>
    public string Path { get; }

    /// <summary>The part that the run sees, as its working directory.</summary>
    public string Solution { get; }

    /// <summary>Lets the run's user read what is in <see cref="Solution"/>, whatever this process's umask is.</summary>
    public void MakeReadable()
    {
        const UnixFileMode Readable = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
        File.SetUnixFileMode(Solution, Readable | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
        foreach (var file in Directory.EnumerateFiles(Solution))
            File.SetUnixFileMode(file, Readable);
    }

    /// <summary>Deletes what services left that were killed in the middle of a run.</summary>
    public static void Sweep(string parent, TimeProvider time, ILogger log)
    {
        foreach (var left in new DirectoryInfo(parent).EnumerateDirectories(Prefix + "*").Where(d => time.GetUtcNow() - d.LastWriteTimeUtc > s_abandoned))
            Delete(left.FullName, log);
    }

    public void Dispose() => Delete(Path, _log);

    /// <summary>A directory that cannot be deleted is no reason to fail the run; it is swept later.</summary>
    private static void Delete(string path, ILogger log)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            NotDeleted(log, path, e);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Failed to delete the directory {Path} of a run")]
    private static partial void NotDeleted(ILogger log, string path, Exception e);
}
