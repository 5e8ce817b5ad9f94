using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Deepiri.Runner.Running;

/// <summary>Finds free ports, and who holds a taken one.</summary>
internal static class Ports
{
    // Below Linux's ephemeral range (32768 up), so that no outgoing connection takes the port before the app does.
    private const int First = 20_000;
    private const int Last = 32_000;

    public static int TakeFree(HashSet<int> taken)
    {
        for (var attempt = 0; attempt < 10_000; attempt++)
        {
            var port = Random.Shared.Next(First, Last);
            if (!taken.Contains(port) && IsFree(port) && taken.Add(port))
                return port;
        }
        throw new InvalidOperationException($"No free port between {First} and {Last}.");
    }

    public static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // Kestrel, too, binds with SO_REUSEADDR: a connection in TIME_WAIT does not make a port taken.
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.Listen();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>The process that listens on a port, as <c>1234 (dotnet)</c>; null when it cannot be told (another user's).</summary>
    public static string? Holder(int port)
    {
        var inodes = new[] { "/proc/net/tcp", "/proc/net/tcp6" }.Where(File.Exists).SelectMany(File.ReadLines).Skip(1)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(f => f.Length > 9 && f[3] == "0A" && int.TryParse(f[1].Split(':')[^1], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var p) && p == port)
            .Select(f => $"socket:[{f[9]}]").ToHashSet();
        if (inodes.Count == 0)
            return null;
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(d => int.TryParse(Path.GetFileName(d), out _)))
        {
            if (HoldsAny(process, inodes))
                return $"{Path.GetFileName(process)} ({File.ReadAllText(Path.Combine(process, "comm")).Trim()})";
        }
        return null;
    }

    private static bool HoldsAny(string process, HashSet<string> inodes)
    {
        try
        {
            return Directory.EnumerateFiles(Path.Combine(process, "fd")).Any(fd => File.ResolveLinkTarget(fd, false) is { } target && inodes.Contains(Path.GetFileName(target.FullName)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The process has just ended, or is another user's.
            return false;
        }
    }
}
