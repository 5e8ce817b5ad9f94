using Microsoft.Extensions.Logging;

namespace Deepiri.Sidecar;

/// <summary>Tells when YAML files of a folder have changed, once they have been quiet for a moment.</summary>
internal sealed class ResourceWatcher(Action<string> changed, ILogger log) : IDisposable
{
    /// <summary>Editors write a file in several steps.</summary>
    private static readonly TimeSpan s_quiet = TimeSpan.FromMilliseconds(200);

    private readonly Dictionary<string, (FileSystemWatcher Files, Timer Quiet)> _folders = new(StringComparer.Ordinal);

    /// <summary>Watches a folder; one that is watched already stays as it is.</summary>
    public void Watch(string folder)
    {
        folder = Path.GetFullPath(folder);
        lock (_folders)
        {
            if (_folders.ContainsKey(folder))
                return;
            var quiet = new Timer(_ => changed(folder));
            var files = new FileSystemWatcher(folder) { NotifyFilter = NotifyFilters.FileName | NotifyFilters.LastWrite | NotifyFilters.Size };
            foreach (var filter in (string[])["*.yaml", "*.yml"])
                files.Filters.Add(filter);
            void Touch() => quiet.Change(s_quiet, Timeout.InfiniteTimeSpan);
            files.Changed += (_, _) => Touch();
            files.Created += (_, _) => Touch();
            files.Deleted += (_, _) => Touch();
            files.Renamed += (_, _) => Touch();
            // More happened than was told: look at all of it.
            files.Error += (_, _) => Touch();
            _folders[folder] = (files, quiet);
            try
            {
                files.EnableRaisingEvents = true;
            }
            catch (IOException e)
            {
                // The system watches no more files for this user; all but the reloading works.
                Log.NotWatched(log, folder, e.Message);
            }
        }
    }

    public void Dispose()
    {
        lock (_folders)
        {
            foreach (var (files, quiet) in _folders.Values)
            {
                files.Dispose();
                quiet.Dispose();
            }
            _folders.Clear();
        }
    }
}
