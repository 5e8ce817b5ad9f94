namespace Deepiri.CodeExecution.Toolchains;

/// <summary>Programs of this machine.</summary>
internal static class Programs
{
    /// <summary>The system's own directories come first: a version manager's shim further up the path would not work in the sandbox.</summary>
    private static readonly string[] s_directories =
        ["/usr/bin", "/usr/local/bin", .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)];

    public static string? Find(string name) => s_directories.Select(d => Path.Combine(d, name)).FirstOrDefault(File.Exists);

    public static string Resource(string name)
    {
        using var stream = typeof(Programs).Assembly.GetManifestResourceStream(name) ?? throw new InvalidOperationException($"The resource {name} is missing.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
