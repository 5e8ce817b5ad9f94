using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Deepiri.Sidecar.Components;

namespace Deepiri.Sidecar.Bindings;

/// <summary><c>bindings.localstorage</c>: files below <c>rootPath</c>. A name never leads out of it: <c>..</c> ends at the root, and links are refused.</summary>
internal sealed class LocalStorageBinding : IOutputBinding
{
    private static readonly string[] s_disallowed = ["/proc", "/sys", "/boot", "/var/run/secrets", "/run/secrets"];

    private readonly string _root;

    public LocalStorageBinding(ComponentContext context)
    {
        _root = Path.TrimEndingDirectorySeparator(context.DataFile(context.Metadata.Required("rootPath")));
        if (s_disallowed.Any(d => _root == d || _root.StartsWith(d + "/", StringComparison.Ordinal)))
            throw new ComponentException("property rootPath points to a disallowed location");
        try
        {
            Directory.CreateDirectory(_root);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ComponentException($"unable to create directory specified by 'rootPath' {_root}: {e.Message}", e);
        }
    }

    public IReadOnlyList<string> Operations { get; } = ["create", "get", "list", "delete"];

    public Task<BindingResponse> InvokeAsync(BindingRequest request, CancellationToken cancellationToken) => request.Operation switch
    {
        "create" => CreateAsync(request.Text("fileName") ?? Guid.NewGuid().ToString(), request.Data, cancellationToken),
        "get" => GetAsync(Name(request), cancellationToken),
        "delete" => Task.FromResult(Delete(Name(request))),
        _ => Task.FromResult(List(request.Text("fileName") ?? "")),
    };

    private static string Name(BindingRequest request) => request.Text("fileName") ?? throw new BindingException($"{request.Operation} operation requires 'fileName' in the metadata");

    private async Task<BindingResponse> CreateAsync(string name, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        var content = GoString.Unquote(data);
        // As Dapr's component: what reads as base64 is stored decoded.
        if (!content.IsEmpty && !content.Span.ContainsAny((byte)' ', (byte)'\t') && Base64.IsValid(content.Span, out var length))
        {
            var decoded = new byte[length];
            Base64.DecodeFromUtf8(content.Span, decoded, out _, out _);
            content = decoded;
        }
        var path = Resolve(name);
        if (path == _root || Directory.Exists(path))
            throw new BindingException($"{path} is a directory");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        // Readers see the old file or the new one, never half of it.
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            await File.WriteAllBytesAsync(temporary, content, cancellationToken).ConfigureAwait(false);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
        return BindingResponse.Of(JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, string> { ["fileName"] = Path.GetRelativePath(_root, path) }));
    }

    private async Task<BindingResponse> GetAsync(string name, CancellationToken cancellationToken)
    {
        var path = Existing(name);
        return BindingResponse.Of(await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false));
    }

    private BindingResponse Delete(string name)
    {
        File.Delete(Existing(name));
        return BindingResponse.Empty;
    }

    /// <summary>All files below a folder; of a file, the file.</summary>
    private BindingResponse List(string name)
    {
        var path = Resolve(name);
        string[]? files = File.Exists(path) ? [path]
            : Directory.Exists(path) ? [.. Directory.EnumerateFiles(path, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }).Order(StringComparer.Ordinal)]
            : throw new BindingException($"file not found: {path}");
        return BindingResponse.Of(Encoding.UTF8.GetBytes(files.Length == 0 ? "null" : JsonSerializer.Serialize(files)));
    }

    private string Existing(string name)
    {
        var path = Resolve(name);
        return File.Exists(path) ? path : throw new BindingException($"file not found: {path}");
    }

    private string Resolve(string name)
    {
        if (name.Contains('\0'))
            throw new BindingException("a file name cannot contain the null character");
        var parts = new List<string>();
        foreach (var part in name.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "..")
                parts.RemoveRange(Math.Max(parts.Count - 1, 0), Math.Min(parts.Count, 1));
            else if (part != ".")
                parts.Add(part);
        }
        var path = _root;
        foreach (var part in parts)
        {
            path = Path.Combine(path, part);
            if (new FileInfo(path).LinkTarget is not null)
                throw new BindingException($"{path} is a link; links are not followed");
        }
        return path;
    }
}
