using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;

namespace Deepiri.TestHost;

/// <summary>Calls any gRPC method by its path, over the official client.</summary>
public sealed class GrpcClient(Uri address, IReadOnlyDictionary<string, string>? headers = null) : IDisposable
{
    private readonly GrpcChannel _channel = GrpcChannel.ForAddress(address);

    /// <summary>Calls a method with one request and one response.</summary>
    public async Task<TResponse> UnaryAsync<TResponse>(string path, IMessage request, TimeSpan? timeout = null, CancellationToken cancellationToken = default) where TResponse : class, IMessage<TResponse>, new() =>
        await _channel.CreateCallInvoker().AsyncUnaryCall(Method<IMessage, TResponse>(MethodType.Unary, path), null, Options(cancellationToken, timeout), request);

    /// <summary>Calls a method with one request and a stream of responses; returns when the server has accepted it.</summary>
    public async Task<GrpcStream<IMessage, TResponse>> ServerStreamingAsync<TResponse>(string path, IMessage request, CancellationToken cancellationToken = default) where TResponse : class, IMessage<TResponse>, new()
    {
        var call = _channel.CreateCallInvoker().AsyncServerStreamingCall(Method<IMessage, TResponse>(MethodType.ServerStreaming, path), null, Options(cancellationToken), request);
        await call.ResponseHeadersAsync;
        return new GrpcStream<IMessage, TResponse>(null, call.ResponseStream, call);
    }

    /// <summary>Calls a method with a stream either way; returns when the server has accepted it.</summary>
    public async Task<GrpcStream<TRequest, TResponse>> DuplexStreamingAsync<TRequest, TResponse>(string path, CancellationToken cancellationToken = default)
        where TRequest : class, IMessage<TRequest>
        where TResponse : class, IMessage<TResponse>, new()
    {
        var call = _channel.CreateCallInvoker().AsyncDuplexStreamingCall(Method<TRequest, TResponse>(MethodType.DuplexStreaming, path), null, Options(cancellationToken));
        await call.ResponseHeadersAsync;
        return new GrpcStream<TRequest, TResponse>(call.RequestStream, call.ResponseStream, call);
    }

    public void Dispose() => _channel.Dispose();

    private CallOptions Options(CancellationToken cancellationToken, TimeSpan? timeout = null)
    {
        var metadata = new Metadata();
        foreach (var (name, value) in headers ?? new Dictionary<string, string>())
            metadata.Add(name, value);
        return new CallOptions(metadata, TimeProvider.System.GetUtcNow().UtcDateTime + timeout, cancellationToken);
    }

    private static Method<TRequest, TResponse> Method<TRequest, TResponse>(MethodType type, string path) where TRequest : class, IMessage where TResponse : class, IMessage<TResponse>, new()
    {
        var parser = new MessageParser<TResponse>(() => new TResponse());
        var (service, name) = path.Split('/') is ["", var left, var right] ? (left, right) : throw new ArgumentException($"'{path}' is not /service/method.", nameof(path));
        return new Method<TRequest, TResponse>(type, service, name, Marshallers.Create<TRequest>(request => request.ToByteArray(), _ => throw new NotSupportedException()),
            Marshallers.Create(_ => throw new NotSupportedException(), parser.ParseFrom));
    }
}

/// <summary>A call with a stream of responses, and maybe one of requests.</summary>
public sealed class GrpcStream<TRequest, TResponse>(IClientStreamWriter<TRequest>? requests, IAsyncStreamReader<TResponse> responses, IDisposable call) : IAsyncDisposable where TResponse : class
{
    public Task WriteAsync(TRequest request, CancellationToken cancellationToken = default) => requests!.WriteAsync(request, cancellationToken);

    /// <summary>The next response; null when the server has ended the call with success.</summary>
    public async Task<TResponse?> ReadAsync(CancellationToken cancellationToken = default) => await responses.MoveNext(cancellationToken) ? responses.Current : null;

    public ValueTask DisposeAsync()
    {
        call.Dispose();
        return ValueTask.CompletedTask;
    }
}
