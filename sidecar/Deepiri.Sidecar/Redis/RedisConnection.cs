using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Threading.Channels;

namespace Deepiri.Sidecar.Redis;

/// <summary>
/// One connection to Redis. Commands of many callers go out together and are answered in order (pipelining). When it breaks, every
/// command under way fails and the connection is of no more use.
/// </summary>
internal sealed class RedisConnection : IAsyncDisposable
{
    private const int MostUnderWay = 10_000;

    /// <summary>Longer than any command of ours blocks at the server.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_watchInterval = TimeSpan.FromSeconds(5);

    private readonly Stream _stream;
    private readonly Channel<Request> _outgoing = Channel.CreateBounded<Request>(new BoundedChannelOptions(MostUnderWay) { SingleReader = true });
    private readonly ConcurrentQueue<Request> _unanswered = new();
    private readonly CancellationTokenSource _closed = new();
    private readonly Task _loops;
    private Exception? _reason;

    private RedisConnection(Stream stream)
    {
        _stream = stream;
        _loops = Task.WhenAll(Task.Run(WriteAsync), Task.Run(ReadAsync), Task.Run(WatchAsync));
    }

    public bool IsOpen => !_closed.IsCancellationRequested;

    /// <summary>Gets what the server sends without being asked, once this connection has subscribed to channels.</summary>
    public Action<RespValue>? OnPush { get; set; }

    /// <summary>Cancelled when the connection has ended.</summary>
    public CancellationToken Closed => _closed.Token;

    /// <exception cref="RedisConnectionException">The server cannot be reached.</exception>
    /// <exception cref="RedisException">It refuses name, password or database.</exception>
    public static async Task<RedisConnection> OpenAsync(RedisOptions options, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(options.DialTimeout);
            await socket.ConnectAsync(options.Host, options.Port, timeout.Token).ConfigureAwait(false);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (options.EnableTls)
                stream = await SecureAsync(stream, options, timeout.Token).ConfigureAwait(false);
            var connection = new RedisConnection(stream);
            await connection.GreetAsync(options).WaitAsync(timeout.Token).ConfigureAwait(false);
            return connection;
        }
        catch (Exception e) when (e is SocketException or IOException or System.Security.Authentication.AuthenticationException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            socket.Dispose();
            var reason = e is OperationCanceledException ? $"no answer within {options.DialTimeout.TotalSeconds:0.#} s" : e.Message;
            throw new RedisConnectionException($"Redis at {options.Host}:{options.Port} cannot be reached: {reason}", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends one command; the reply is what the server answers.</summary>
    /// <exception cref="RedisException">The server answered with an error.</exception>
    /// <exception cref="RedisConnectionException">The connection broke.</exception>
    public async Task<RespValue> ExecuteAsync(params RedisArgument[] command) => (await ExecuteAllAsync([command]).ConfigureAwait(false))[0];

    /// <summary>Sends several commands, with nobody else's in between.</summary>
    public async Task<RespValue[]> ExecuteAllAsync(IReadOnlyList<RedisArgument[]> commands)
    {
        var bytes = new ArrayBufferWriter<byte>();
        foreach (var command in commands)
            RedisCommand.Write(bytes, command);
        var request = new Request(bytes.WrittenMemory, commands.Count);
        try
        {
            await _outgoing.Writer.WriteAsync(request).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            throw Gone(null);
        }
        var replies = await request.Answer.Task.ConfigureAwait(false);
        return Array.Find(replies, r => r.Failure is not null)?.Failure is { } failure ? throw new RedisException(failure.Message) : replies;
    }

    public async ValueTask DisposeAsync()
    {
        Close(null);
        await _loops.ConfigureAwait(false);
    }

    private static async Task<Stream> SecureAsync(Stream stream, RedisOptions options, CancellationToken cancellationToken)
    {
        var secured = new SslStream(stream);
        await secured.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = options.Host }, cancellationToken).ConfigureAwait(false);
        return secured;
    }

    private async Task GreetAsync(RedisOptions options)
    {
        if (options.Password is { } password)
            await ExecuteAsync(options.Username is { } user ? ["AUTH", user, password] : ["AUTH", password]).ConfigureAwait(false);
        if (options.Database != 0)
            await ExecuteAsync("SELECT", options.Database).ConfigureAwait(false);
        await ExecuteAsync("PING").ConfigureAwait(false);
    }

    /// <summary>Whatever waits goes out as one write.</summary>
    private async Task WriteAsync()
    {
        var batch = new ArrayBufferWriter<byte>(64 * 1024);
        try
        {
            while (await _outgoing.Reader.WaitToReadAsync(_closed.Token).ConfigureAwait(false))
            {
                while (batch.WrittenCount < 64 * 1024 && _outgoing.Reader.TryRead(out var request))
                {
                    batch.Write(request.Bytes.Span);
                    _unanswered.Enqueue(request);
                }
                await _stream.WriteAsync(batch.WrittenMemory, _closed.Token).ConfigureAwait(false);
                batch.ResetWrittenCount();
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            Close(e);
        }
        FailUnanswered();
    }

    private async Task ReadAsync()
    {
        var reader = PipeReader.Create(_stream);
        try
        {
            while (true)
            {
                var result = await reader.ReadAsync(_closed.Token).ConfigureAwait(false);
                var buffer = result.Buffer;
                while (RespReader.TryRead(ref buffer, out var value))
                    Take(value);
                reader.AdvanceTo(buffer.Start, buffer.End);
                if (result.IsCompleted)
                    throw new IOException("the server closed the connection");
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException or RedisException)
        {
            Close(e);
        }
        FailUnanswered();
    }

    /// <summary>A server that vanished without a word is noticed: by a command that nobody answers, which is a PING when there is no other.</summary>
    private async Task WatchAsync()
    {
        while (!_closed.IsCancellationRequested)
        {
            await Task.Delay(s_watchInterval, _closed.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_unanswered.TryPeek(out var oldest))
            {
                if (oldest.Age > s_patience)
                    Close(new IOException($"the server has not answered for {s_patience.TotalSeconds} s"));
            }
            else if (!_closed.IsCancellationRequested)
                _ = ExecuteAsync("PING").ContinueWith(ping => _ = ping.Exception, TaskScheduler.Default);
        }
    }

    private void Take(RespValue value)
    {
        if (OnPush is { } push && value.IsPublished)
            push(value);
        else if (!_unanswered.TryPeek(out var request))
            throw new IOException("the server answered what nobody asked");
        else if (request.Add(value))
            _unanswered.TryDequeue(out _);
    }

    private void Close(Exception? cause)
    {
        _reason ??= cause;
        _outgoing.Writer.TryComplete();
        _closed.Cancel();
        _stream.Dispose();
    }

    /// <summary>Both loops end with it, since either may be the last to see a request.</summary>
    private void FailUnanswered()
    {
        while (_unanswered.TryDequeue(out var request) || _outgoing.Reader.TryRead(out request))
            request.Answer.TrySetException(Gone(_reason));
    }

    private static RedisConnectionException Gone(Exception? cause) => new($"the connection to Redis has ended: {cause?.Message ?? "it was closed"}", cause);

    private sealed class Request(ReadOnlyMemory<byte> bytes, int replies)
    {
        private readonly RespValue[] _replies = new RespValue[replies];
        private readonly long _sent = Stopwatch.GetTimestamp();
        private int _count;

        public ReadOnlyMemory<byte> Bytes => bytes;

        public TimeSpan Age => Stopwatch.GetElapsedTime(_sent);

        public TaskCompletionSource<RespValue[]> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>True when this was the last reply.</summary>
        public bool Add(RespValue reply)
        {
            _replies[_count++] = reply;
            if (_count < _replies.Length)
                return false;
            Answer.TrySetResult(_replies);
            return true;
        }
    }
}
