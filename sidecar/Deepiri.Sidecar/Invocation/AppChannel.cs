using System.Net;
using System.Net.Sockets;

namespace Deepiri.Sidecar.Invocation;

/// <summary>The way from a sidecar to its own app.</summary>
internal sealed class AppChannel : IDisposable
{
    public const string TokenHeader = "dapr-api-token";

    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(5),
    });

    private readonly string? _appToken;
    private readonly int _port;
    private volatile CancellationTokenSource _ended = new();

    public AppChannel(int port, string? appToken, AppHealthOptions? health, TimeProvider time)
    {
        _port = port;
        _appToken = appToken;
        Address = $"http://127.0.0.1:{port}";
        Health = health is null ? null : new AppHealth(health, this, time);
    }

    /// <summary>What probes say of the app; null when nobody asks.</summary>
    public AppHealth? Health { get; }

    /// <summary>Scheme, host and port.</summary>
    public string Address { get; }

    /// <summary>Cancelled when whoever runs the app has seen it end; another one stands for the app that is started after that.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>False while probes find the app unwell: nothing is sent to it.</summary>
    public bool IsHealthy => Health?.IsHealthy ?? true;

    public Uri Uri(string path) => new(path.StartsWith('/') ? Address + path : $"{Address}/{path}");

    /// <summary>Adds the token by which the app knows that the call comes from its sidecar.</summary>
    public void Authorize(HttpRequestMessage request)
    {
        request.Headers.Remove(TokenHeader);
        if (_appToken is not null)
            request.Headers.TryAddWithoutValidation(TokenHeader, _appToken);
    }

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Authorize(request);
        return _client.SendAsync(request, cancellationToken);
    }

    /// <summary>The app's process has ended.</summary>
    public void End() => _ended.Cancel();

    /// <summary>The app's process has been started again.</summary>
    public void Begin()
    {
        if (_ended.IsCancellationRequested)
            _ended = new CancellationTokenSource();
    }

    /// <summary>Waits until the app listens on its port and, if its health is checked, is well.</summary>
    public async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        while (!await IsListeningAsync(cancellationToken).ConfigureAwait(false))
            await Task.Delay(TimeSpan.FromMilliseconds(25), cancellationToken).ConfigureAwait(false);
        if (Health is not null)
            await Health.WaitUntilHealthyAsync(cancellationToken).ConfigureAwait(false);
    }

    public void Dispose() => _client.Dispose();

    private async Task<bool> IsListeningAsync(CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, _port, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
