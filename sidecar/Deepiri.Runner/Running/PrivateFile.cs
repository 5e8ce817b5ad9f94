namespace Deepiri.Runner.Running;

/// <summary>Files with secrets or users' data, which only their owner may read.</summary>
internal static class PrivateFile
{
    private const UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnersFolder = OwnersFile | UnixFileMode.UserExecute;

    /// <summary>How a file is opened that is to be the owner's alone when it is new.</summary>
    public static FileStreamOptions Options(FileMode mode, FileShare share) =>
        new() { Mode = mode, Access = mode == FileMode.OpenOrCreate ? FileAccess.ReadWrite : FileAccess.Write, Share = share, UnixCreateMode = OwnersFile };

    /// <summary>Creates a folder that only its owner can enter. One that is there already keeps its mode, since it may be shared for a reason.</summary>
    public static string CreateFolder(string path)
    {
        // .NET gives the mode to the last folder of a path alone.
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } parent && !Directory.Exists(parent))
            CreateFolder(parent);
        return Directory.CreateDirectory(path, OwnersFolder).FullName;
    }

    /// <summary>Takes from others what an earlier version let them read.</summary>
    public static void Restrict(IEnumerable<string> files)
    {
        foreach (var file in files)
            File.SetUnixFileMode(file, OwnersFile);
    }

    /// <summary>Writes a file whole or not at all.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        var temporary = path + ".new";
        using (var stream = new FileStream(temporary, Options(FileMode.Create, FileShare.None)))
            write(stream);
        File.Move(temporary, path, overwrite: true);
    }
}
