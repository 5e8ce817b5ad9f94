namespace Deepiri.Runner.Running;

/// <summary>Files with secrets: written whole or not at all, and readable by their owner only.</summary>
internal static class PrivateFile
{
    public static void Write(string path, Action<Stream> write)
    {
        var temporary = path + ".new";
        using (var stream = new FileStream(temporary, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
            write(stream);
        File.Move(temporary, path, overwrite: true);
    }
}
