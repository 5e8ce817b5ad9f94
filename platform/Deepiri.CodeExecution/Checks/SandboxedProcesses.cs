using System.Diagnostics;
using System.Globalization;

namespace Deepiri.CodeExecution.Checks;

/// <summary>Processes of this machine that run in the sandbox of a run. They are known by their mounts, which they cannot change.</summary>
internal static class SandboxedProcesses
{
    /// <summary>The ids of the processes that see a run's directory as a mount.</summary>
    public static IReadOnlyList<int> SeeingDirectory(string directory)
    {
        var name = Path.GetFileName(directory);
        return [.. Directory.EnumerateDirectories("/proc").Select(IdOf).OfType<int>().Where(id => Sees(id, name))];
    }

    /// <summary>Kills them.</summary>
    public static void Kill(string directory)
    {
        foreach (var id in SeeingDirectory(directory))
        {
            try
            {
                using var process = Process.GetProcessById(id);
                process.Kill();
            }
            catch (ArgumentException)
            {
                // It has ended meanwhile.
            }
        }
    }

    private static int? IdOf(string path) => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;

    private static bool Sees(int id, string directory)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/mountinfo").Contains(directory, StringComparison.Ordinal);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It has ended meanwhile, or belongs to somebody else.
            return false;
        }
    }
}
