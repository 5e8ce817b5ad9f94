using System.Text;

namespace Deepiri.Sidecar.Invocation;

/// <summary>
/// The path of an invoked method: decoded and cleaned once, so that access control judges the very path that the app gets.
/// </summary>
internal readonly record struct InvokePath(string Decoded, string Escaped)
{
    /// <summary>Cleans an escaped path; false, with the reason, when it holds what no path may.</summary>
    public static bool TryParse(string escaped, out InvokePath path, out string? fault)
    {
        fault = null;
        if (!NeedsCleaning(escaped))
        {
            path = new InvokePath(escaped, escaped);
            return true;
        }
        var decoded = Uri.UnescapeDataString(escaped);
        foreach (var c in decoded)
        {
            if (c is '#' or '?' || char.IsControl(c))
            {
                path = default;
                fault = $"it contains '{(char.IsControl(c) ? $"\\x{(int)c:x2}" : c)}'";
                return false;
            }
        }
        var clean = Clean(decoded);
        path = new InvokePath(clean, string.Join('/', clean.Split('/').Select(Uri.EscapeDataString)));
        return true;
    }

    private static bool NeedsCleaning(string path) =>
        path.AsSpan().IndexOfAnyExcept(s_plain) >= 0 || path.Contains("//", StringComparison.Ordinal) || path.Contains("/.", StringComparison.Ordinal);

    private static readonly System.Buffers.SearchValues<char> s_plain =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/-._~!$&'()*+,;=:@");

    /// <summary>Resolves <c>.</c>, <c>..</c> and empty segments; never above the root.</summary>
    private static string Clean(string path)
    {
        var segments = new List<string>();
        foreach (var segment in path.Split('/'))
        {
            if (segment == ".." && segments.Count > 0)
                segments.RemoveAt(segments.Count - 1);
            else if (segment is not ("" or "." or ".."))
                segments.Add(segment);
        }
        var clean = new StringBuilder("/").AppendJoin('/', segments);
        if (path.EndsWith('/') && segments.Count > 0)
            clean.Append('/');
        return clean.ToString();
    }
}
