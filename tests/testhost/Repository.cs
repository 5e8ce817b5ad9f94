namespace Deepiri.TestHost;

/// <summary>Finds the repository that the tests were built in.</summary>
public static class Repository
{
    public static string Root { get; } = Find();

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    private static string Find()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "dapr.yaml")))
            directory = Path.GetDirectoryName(directory.TrimEnd('/')) ?? throw new InvalidOperationException($"No dapr.yaml above {AppContext.BaseDirectory}.");
        return directory;
    }
}
