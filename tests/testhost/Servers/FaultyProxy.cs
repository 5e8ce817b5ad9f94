using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Deepiri.TestHost.Servers;

/// <summary>How a request to a server comes to grief.</summary>
public enum Fault
{
    /// <summary>It never reaches the server.</summary>
    RequestLost,

    /// <summary>The server executes it, and its reply is lost.</summary>
    ReplyLost,
}

/// <summary>Stands between a client and a server, and breaks the connection when a certain request passes.</summary>
public sealed class FaultyProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<(Func<string, bool> Matches, Fault Fault, TaskCompletionSource Done)> _faults = [];
    private readonly int _serverPort;
    private readonly Task _accepting;

    public FaultyProxy(int serverPort)
    {
        _serverPort = serverPort;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Breaks the next request that matches; the task ends when it has.</summary>
    public Task BreakNext(Fault fault, Func<string, bool> matches)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_faults)
            _faults.Add((matches, fault, done));
        return done.Task;
    }

    /// <summary>Forgets what was to be broken.</summary>
    public void Heal()
    {
        lock (_faults)
            _faults.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
            }
            catch (Exception) when (_stop.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        using (client)
        using (var server = new TcpClient { NoDelay = true })
        {
            client.NoDelay = true;
            await server.ConnectAsync(IPAddress.Loopback, _serverPort, _stop.Token);
            var replies = new Replies(server.GetStream(), client.GetStream());
            await Task.WhenAny(SendAsync(client.GetStream(), server.GetStream(), replies, ended.Token), replies.CopyAsync(ended.Token));
            await ended.CancelAsync();
        }
    }

    private async Task SendAsync(NetworkStream from, NetworkStream to, Replies replies, CancellationToken cancellationToken)
    {
        var buffer = new byte[256 * 1024];
        while (await from.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            var fault = Take(Encoding.Latin1.GetString(buffer, 0, read));
            if (fault is (Fault.RequestLost, { } lost))
            {
                lost.SetResult();
                return;
            }
            var swallowed = fault is null ? null : replies.SwallowAsync();
            await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            if (swallowed is not null)
            {
                // The rest of the request may be in packets to come; without it there is no reply.
                if (await Task.WhenAny(swallowed, from.CopyToAsync(to, cancellationToken)) == swallowed)
                    fault!.Value.Done.SetResult();
                return;
            }
        }
    }

    private (Fault Fault, TaskCompletionSource Done)? Take(string request)
    {
        lock (_faults)
        {
            var at = _faults.FindIndex(f => f.Matches(request));
            if (at < 0)
                return null;
            var (_, fault, done) = _faults[at];
            _faults.RemoveAt(at);
            return (fault, done);
        }
    }

    /// <summary>What the server says, until it is to be kept from the client.</summary>
    private sealed class Replies(NetworkStream from, NetworkStream to)
    {
        private volatile TaskCompletionSource? _swallowed;

        public Task SwallowAsync() => (_swallowed = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

        public async Task CopyAsync(CancellationToken cancellationToken)
        {
            var buffer = new byte[256 * 1024];
            while (await from.ReadAsync(buffer, cancellationToken) is > 0 and var read)
            {
                if (_swallowed is { } swallowed)
                    swallowed.TrySetResult();
                else
                    await to.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }
        }
    }
}
