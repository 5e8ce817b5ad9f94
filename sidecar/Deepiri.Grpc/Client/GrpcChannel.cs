using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using Deepiri.Grpc.Framing;
using Google.Protobuf;

namespace Deepiri.Grpc.Client;

/// <summary>Calls a gRPC server over HTTP/2 without TLS, as between an app and its sidecar.</summary>
public sealed class GrpcChannel : IDisposable
{
    private readonly HttpMessageInvoker _http;
    private readonly Uri _address;
    private readonly IReadOnlyDictionary<string, string> _headers;
    private readonly int _maxMessageSize;

    /// <param name="address">Scheme, host and port.</param>
    /// <param name="headers">Metadata of every call; null for none.</param>
    /// <param name="maxMessageSize">The largest message that is read, in bytes.</param>
    public GrpcChannel(Uri address, IReadOnlyDictionary<string, string>? headers = null, int maxMessageSize = 4 * 1024 * 1024)
    {
        _address = address;
        _headers = headers ?? new Dictionary<string, string>();
        _maxMessageSize = maxMessageSize;
        _http = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            EnableMultipleHttp2Connections = true,
            // A stream may stand for days: a dead peer is noticed by pings.
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(10),
        });
    }

    /// <summary>Calls a method with one request and one response.</summary>
    /// <param name="path"><c>/package.Service/Method</c>.</param>
    /// <param name="request">The request.</param>
    /// <param name="timeout">The call's deadline from now; null for none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="GrpcException">The call ended with another status than OK; <see cref="GrpcStatus.Unavailable"/> when the server could not be reached.</exception>
    public async Task<TResponse> UnaryAsync<TResponse>(string path, IMessage request, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
        where TResponse : class, IMessage<TResponse>, new()
    {
        await using var stream = await StreamAsync<TResponse>(path, new SingleMessageContent(request), timeout, cancellationToken).ConfigureAwait(false);
        var response = await stream.ReadAsync(cancellationToken).ConfigureAwait(false);
        return response is null
            ? throw new GrpcException(GrpcStatus.Internal, "The response has no message.")
            : await stream.ReadAsync(cancellationToken).ConfigureAwait(false) is null ? response : throw new GrpcException(GrpcStatus.Internal, "The response has more than one message.");
    }

    /// <summary>Calls a method with one request and a stream of responses; returns when the server has accepted it.</summary>
    /// <inheritdoc cref="UnaryAsync"/>
    public Task<GrpcClientStream<TResponse>> ServerStreamingAsync<TResponse>(string path, IMessage request, CancellationToken cancellationToken = default)
        where TResponse : class, IMessage<TResponse>, new() =>
        StreamAsync<TResponse>(path, new SingleMessageContent(request), null, cancellationToken);

    /// <summary>Calls a method with a stream either way; returns when the server has accepted it.</summary>
    /// <inheritdoc cref="UnaryAsync"/>
    public async Task<GrpcDuplexStream<TRequest, TResponse>> DuplexStreamingAsync<TRequest, TResponse>(string path, CancellationToken cancellationToken = default)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>, new()
    {
        var requests = new GrpcRequestContent();
        return new GrpcDuplexStream<TRequest, TResponse>(requests, await StreamAsync<TResponse>(path, requests, null, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<GrpcClientStream<TResponse>> StreamAsync<TResponse>(string path, HttpContent content, TimeSpan? timeout, CancellationToken cancellationToken)
        where TResponse : class, IMessage<TResponse>, new()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_address, path)) { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact, Content = content };
        request.Headers.TE.Add(new TransferCodingWithQualityHeaderValue("trailers"));
        foreach (var (name, value) in _headers)
            request.Headers.TryAddWithoutValidation(name, value);
        if (timeout is { } time)
            request.Headers.TryAddWithoutValidation("grpc-timeout", StatusText.Timeout(time));
        HttpResponseMessage? response = null;
        try
        {
            response = await _http.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.OK || response.Content.Headers.ContentType?.MediaType != MessageFraming.ContentType)
                throw new GrpcException(GrpcStatus.Unavailable, $"The server answered {(int)response.StatusCode} and is no gRPC server.");
            // Trailers-only: the status is among the headers.
            ThrowUnlessOk(response.Headers);
            return new GrpcClientStream<TResponse>(response, await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), _maxMessageSize);
        }
        catch (HttpRequestException e)
        {
            response?.Dispose();
            throw new GrpcException(GrpcStatus.Unavailable, e.Message, e);
        }
        catch
        {
            response?.Dispose();
            throw;
        }
    }

    internal static void ThrowUnlessOk(HttpResponseHeaders headers)
    {
        if (!headers.TryGetValues("grpc-status", out var values))
            return;
        var status = int.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var code) && Enum.IsDefined((GrpcStatus)code) ? (GrpcStatus)code : GrpcStatus.Unknown;
        if (status != GrpcStatus.OK)
            throw new GrpcException(status, headers.TryGetValues("grpc-message", out var message) ? StatusText.Decode(message.First()) : "");
    }

    private sealed class SingleMessageContent : HttpContent
    {
        private readonly IMessage _message;

        public SingleMessageContent(IMessage message)
        {
            _message = message;
            Headers.ContentType = new MediaTypeHeaderValue(MessageFraming.ContentType);
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            var writer = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
            MessageFraming.Write(writer, _message);
            await writer.CompleteAsync().ConfigureAwait(false);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
