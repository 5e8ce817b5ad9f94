using System.IO.Pipelines;
using Deepiri.Grpc.Framing;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Http;

namespace Deepiri.Grpc.Server;

/// <summary>One call at the server.</summary>
public sealed class GrpcCall
{
    private readonly int _maxMessageSize;

    internal GrpcCall(HttpContext http, int maxMessageSize, CancellationToken cancellationToken)
    {
        Http = http;
        _maxMessageSize = maxMessageSize;
        CancellationToken = cancellationToken;
    }

    /// <summary>The HTTP/2 request and response: its headers are the call's metadata.</summary>
    public HttpContext Http { get; }

    /// <summary>The caller has gone, or its deadline has passed.</summary>
    public CancellationToken CancellationToken { get; }

    /// <summary>A value of the call's metadata; empty when there is none.</summary>
    public string Header(string name) => Http.Request.Headers[name].ToString();

    internal async Task<TRequest> ReadSingleAsync<TRequest>(MessageParser<TRequest> parser) where TRequest : class, IMessage<TRequest> =>
        await ReadAsync(parser, CancellationToken).ConfigureAwait(false) ?? throw new RpcException(new Status(StatusCode.Internal, "The request has no message."));

    internal ValueTask<TRequest?> ReadAsync<TRequest>(MessageParser<TRequest> parser, CancellationToken cancellationToken) where TRequest : class, IMessage<TRequest> =>
        MessageFraming.ReadAsync(Http.Request.BodyReader, parser, _maxMessageSize, cancellationToken);

    internal async Task WriteAsync(IMessage message)
    {
        MessageFraming.Write(Http.Response.BodyWriter, message);
        FlushResult result = await Http.Response.BodyWriter.FlushAsync(CancellationToken).ConfigureAwait(false);
        if (result.IsCompleted)
            throw new OperationCanceledException("The caller has gone.");
    }
}
