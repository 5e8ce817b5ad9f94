using System.Net;
using System.Net.Sockets;

namespace Deepiri.TestHost;

/// <summary>Ports that nobody listens on, below Linux's ephemeral range so that no outgoing connection takes them meanwhile.</summary>
public static class FreePort
{
    private static readonly HashSet<int> s_taken = [];

    public static int Take()
    {
        lock (s_taken)
        {
            while (true)
            {
                var port = Random.Shared.Next(12_000, 19_000);
                if (!s_taken.Add(port))
                    continue;
                try
                {
                    using var listener = new TcpListener(IPAddress.Loopback, port);
                    listener.Start();
                    return port;
                }
                catch (SocketException)
                {
                    // Taken by somebody else; the next one.
                }
            }
        }
    }
}
