using System.Collections.Frozen;

namespace Deepiri.Sidecar.Invocation;

/// <summary>Headers that belong to one connection and are never forwarded (RFC 9110, section 7.6.1, and Dapr 1.18's list).</summary>
internal static class HopByHopHeaders
{
    private static readonly FrozenSet<string> s_names = new[]
    {
        "Connection", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Proxy-Connection",
        "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Authentication-Info", "HTTP2-Settings",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>True for a header that must not be forwarded.</summary>
    public static bool Contains(string name) => s_names.Contains(name);
}
