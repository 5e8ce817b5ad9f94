using System.Buffers;
using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using System.Threading.Channels;

namespace Deepiri.Client;

/// <summary>
/// A connection to the realtime hub: SignalR's JSON hub protocol over a WebSocket
/// (https://github.com/dotnet/aspnetcore/blob/main/src/SignalR/docs/specs/HubProtocol.md), since SignalR's .NET client package does not restore.
/// </summary>
public sealed class RealtimeConnection : IAsyncDisposable
{
    private const byte RecordSeparator = 0x1e;
    private static readonly TimeSpan s_pingInterval = TimeSpan.FromSeconds(10);

    private readonly ClientWebSocket _socket;
    private readonly Channel<HubMessage> _messages = Channel.CreateBounded<HubMessage>(10_000);
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonElement>> _calls = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly Task _reading;
    private readonly Task _pinging;
    private int _lastCall;

    private RealtimeConnection(ClientWebSocket socket, ArrayBufferWriter<byte> afterHandshake)
    {
        _socket = socket;
        _reading = ReadAsync(afterHandshake);
        _pinging = PingAsync();
    }

    /// <summary>What the hub pushes, in order; it completes when the connection ends.</summary>
    public ChannelReader<HubMessage> Messages => _messages.Reader;

    /// <summary>Connects and shakes hands.</summary>
    public static async Task<RealtimeConnection> ConnectAsync(Uri gateway, string accessToken, CancellationToken cancellationToken = default)
    {
        var socket = new ClientWebSocket();
        var url = new UriBuilder(gateway) { Scheme = gateway.Scheme == "https" ? "wss" : "ws", Path = "/hubs/realtime", Query = $"access_token={accessToken}" }.Uri;
        await socket.ConnectAsync(url, cancellationToken).ConfigureAwait(false);
        await socket.SendAsync("{\"protocol\":\"json\",\"version\":1}\u001e"u8.ToArray(), WebSocketMessageType.Text, true, cancellationToken).ConfigureAwait(false);
        var buffer = new ArrayBufferWriter<byte>();
        while (buffer.WrittenSpan.IndexOf(RecordSeparator) < 0)
        {
            if (!await ReceiveAsync(socket, buffer, cancellationToken).ConfigureAwait(false))
                throw new WebSocketException("The hub closed the connection during the handshake.");
        }
        var end = buffer.WrittenSpan.IndexOf(RecordSeparator);
        using (var handshake = JsonDocument.Parse(buffer.WrittenMemory[..end]))
        {
            if (handshake.RootElement.TryGetProperty("error", out var error))
                throw new WebSocketException($"The hub refused the connection: {error.GetString()}");
        }
        var rest = new ArrayBufferWriter<byte>();
        rest.Write(buffer.WrittenSpan[(end + 1)..]);
        return new RealtimeConnection(socket, rest);
    }

    /// <summary>Calls a hub method and waits for its result.</summary>
    public async Task<T> InvokeAsync<T>(string target, params object?[] arguments)
    {
        var id = Interlocked.Increment(ref _lastCall).ToString();
        var completion = _calls[id] = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        await SendAsync(new { type = 1, invocationId = id, target, arguments }).ConfigureAwait(false);
        return (await completion.Task.ConfigureAwait(false)).Deserialize<T>(JsonSerializerOptions.Web)!;
    }

    /// <summary>The next notification about something, for example <c>points.awarded</c>; others are passed over.</summary>
    public async Task<JsonElement> NextNotificationAsync(string type, CancellationToken cancellationToken)
    {
        while (true)
        {
            var notification = await NextAsync("notification", cancellationToken).ConfigureAwait(false);
            if (notification.GetProperty("type").GetString() == type)
                return notification;
        }
    }

    /// <summary>The next pushed message of one kind; others are passed over.</summary>
    public async Task<JsonElement> NextAsync(string target, CancellationToken cancellationToken)
    {
        await foreach (var message in Messages.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            if (message.Target == target)
                return message.Payload;
        }
        throw new WebSocketException("The connection has ended.");
    }

    /// <summary>Closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_reading, _pinging).ConfigureAwait(false);
        _socket.Dispose();
    }

    private static async Task<bool> ReceiveAsync(ClientWebSocket socket, ArrayBufferWriter<byte> buffer, CancellationToken cancellationToken)
    {
        var received = await socket.ReceiveAsync(buffer.GetMemory(4096), cancellationToken).ConfigureAwait(false);
        buffer.Advance(received.Count);
        return received.MessageType != WebSocketMessageType.Close;
    }

    private async Task ReadAsync(ArrayBufferWriter<byte> buffer)
    {
        try
        {
            do
                buffer = await HandleRecordsAsync(buffer).ConfigureAwait(false);
            while (await ReceiveAsync(_socket, buffer, _stop.Token).ConfigureAwait(false));
            End(null);
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or JsonException)
        {
            End(_stop.IsCancellationRequested ? null : e);
        }
    }

    private void End(Exception? fault)
    {
        _messages.Writer.TryComplete(fault);
        foreach (var call in _calls.Values)
            call.TrySetException(fault ?? new WebSocketException("The connection has ended."));
    }

    /// <summary>Handles every whole record; what is left is the begin of the next.</summary>
    private async Task<ArrayBufferWriter<byte>> HandleRecordsAsync(ArrayBufferWriter<byte> buffer)
    {
        var start = 0;
        while (buffer.WrittenSpan[start..].IndexOf(RecordSeparator) is >= 0 and var length)
        {
            using (var record = JsonDocument.Parse(buffer.WrittenMemory.Slice(start, length)))
                await HandleAsync(record.RootElement).ConfigureAwait(false);
            start += length + 1;
        }
        if (start == 0)
            return buffer;
        var rest = new ArrayBufferWriter<byte>();
        rest.Write(buffer.WrittenSpan[start..]);
        return rest;
    }

    private async Task HandleAsync(JsonElement record)
    {
        switch (record.GetProperty("type").GetInt32())
        {
            case 1:
                var arguments = record.GetProperty("arguments");
                var payload = arguments.GetArrayLength() > 0 ? arguments[0].Clone() : default;
                await _messages.Writer.WriteAsync(new HubMessage(record.GetProperty("target").GetString()!, payload), _stop.Token).ConfigureAwait(false);
                break;
            case 3 when _calls.TryRemove(record.GetProperty("invocationId").GetString()!, out var call):
                if (record.TryGetProperty("error", out var error))
                    call.TrySetException(new InvalidOperationException(error.GetString()));
                else
                    call.TrySetResult(record.TryGetProperty("result", out var result) ? result.Clone() : default);
                break;
        }
    }

    private async Task PingAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(s_pingInterval, _stop.Token).ConfigureAwait(false);
                await SendAsync(new { type = 6 }).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException)
        {
            // Disposed, or the connection ended: the reader says so to whoever waits.
        }
    }

    private async Task SendAsync(object message)
    {
        byte[] bytes = [.. JsonSerializer.SerializeToUtf8Bytes(message, JsonSerializerOptions.Web), RecordSeparator];
        await _sending.WaitAsync(_stop.Token).ConfigureAwait(false);
        try
        {
            await _socket.SendAsync(bytes, WebSocketMessageType.Text, true, _stop.Token).ConfigureAwait(false);
        }
        finally
        {
            _sending.Release();
        }
    }
}
