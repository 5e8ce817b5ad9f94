using Microsoft.Extensions.Logging;

namespace Deepiri.CodeExecution;

/// <summary>The directory of one run, which other users of the machine cannot look into; it goes with the run.</summary>
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
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(Path);
        else
            Directory.CreateDirectory(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public string Path { get; }

    /// <summary>Removes what services left that were killed in the middle of a run.</summary>
    public static void Sweep(string parent, TimeProvider time, ILogger log)
    {
        foreach (var left in new DirectoryInfo(parent).EnumerateDirectories(Prefix + "*").Where(d => time.GetUtcNow() - d.LastWriteTimeUtc > s_abandoned))
            Delete(left.FullName, log);
    }

    public void Dispose() => Delete(Path, _log);

    /// <summary>What cannot be deleted is no fault of the run; it is swept later.</summary>
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

    [LoggerMessage(Level = LogLevel.Warning, Message = "The directory {Path} of a run could not be deleted")]
    private static partial void NotDeleted(ILogger log, string path, Exception e);
}
