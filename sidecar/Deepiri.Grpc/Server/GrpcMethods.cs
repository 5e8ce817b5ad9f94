using Deepiri.Grpc.Framing;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Deepiri.Grpc.Server;

/// <summary>
/// The methods that a gRPC server has, by path, and the handling of a call over Kestrel's HTTP/2: framing, deadline, status in the trailers
/// (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md).
/// </summary>
/// <param name="maxMessageSize">The largest message that is read, in bytes; larger ones end with <see cref="StatusCode.ResourceExhausted"/>. 4 MiB by default.</param>
public sealed class GrpcMethods(int maxMessageSize = 4 * 1024 * 1024)
{
    private readonly Dictionary<string, Func<GrpcCall, Task>> _methods = new(StringComparer.Ordinal);

    /// <summary>Called before each method, for example to authenticate; it refuses with a <see cref="RpcException"/>.</summary>
    public Action<GrpcCall>? Before { get; set; }

    /// <summary>Makes a status of an exception that is none.</summary>
    public Func<GrpcCall, Exception, RpcException> StatusOf { get; set; } = (_, e) => new RpcException(new Status(StatusCode.Unknown, e.Message, e));

    /// <summary>Adds a method with one request and one response.</summary>
    /// <param name="path"><c>/package.Service/Method</c>.</param>
    /// <param name="handler">What it does.</param>
    public void Unary<TRequest, TResponse>(string path, Func<TRequest, GrpcCall, Task<TResponse>> handler)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>
    {
        var parser = new MessageParser<TRequest>(() => new TRequest());
        _methods.Add(path, async call =>
        {
            var request = await call.ReadSingleAsync(parser).ConfigureAwait(false);
            var response = await handler(request, call).ConfigureAwait(false);
            // Flushed with the trailers.
            MessageFraming.Write(call.Http.Response.BodyWriter, response);
        });
    }

    /// <summary>Adds a method with one request and a stream of responses.</summary>
    /// <inheritdoc cref="Unary"/>
    public void ServerStreaming<TRequest, TResponse>(string path, Func<TRequest, GrpcResponseStream<TResponse>, GrpcCall, Task> handler)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse>
    {
        var parser = new MessageParser<TRequest>(() => new TRequest());
        _methods.Add(path, async call =>
        {
            var request = await call.ReadSingleAsync(parser).ConfigureAwait(false);
            await StartAsync(call).ConfigureAwait(false);
            await handler(request, new GrpcResponseStream<TResponse>(call), call).ConfigureAwait(false);
        });
    }

    /// <summary>Adds a method with a stream either way.</summary>
    /// <inheritdoc cref="Unary"/>
    public void DuplexStreaming<TRequest, TResponse>(string path, Func<GrpcRequestStream<TRequest>, GrpcResponseStream<TResponse>, GrpcCall, Task> handler)
        where TRequest : class, IMessage<TRequest>, new()
        where TResponse : class, IMessage<TResponse> =>
        _methods.Add(path, async call =>
        {
            await StartAsync(call).ConfigureAwait(false);
            await handler(new GrpcRequestStream<TRequest>(call), new GrpcResponseStream<TResponse>(call), call).ConfigureAwait(false);
        });

    /// <summary>Handles a call.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        if (!HttpMethods.IsPost(context.Request.Method) || context.Request.ContentType?.StartsWith(MessageFraming.ContentType, StringComparison.OrdinalIgnoreCase) != true)
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return;
        }
        // Messages have their own limit; a stream has none.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = null;
        context.Response.ContentType = MessageFraming.ContentType;
        context.Response.Headers["grpc-accept-encoding"] = "identity";
        var timeout = context.Request.Headers["grpc-timeout"].ToString();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        var call = new GrpcCall(context, maxMessageSize, deadline.Token);
        try
        {
            if (timeout.Length > 0)
                deadline.CancelAfter(StatusText.TryParseTimeout(timeout, out var time) ? Clamp(time) : throw new RpcException(new Status(StatusCode.Internal, $"malformed grpc-timeout '{timeout}'")));
            if (!_methods.TryGetValue(context.Request.Path.Value ?? "", out var method))
                throw new RpcException(new Status(StatusCode.Unimplemented, $"unknown method {context.Request.Path.Value}"));
            Before?.Invoke(call);
            await method(call).ConfigureAwait(false);
            End(context, StatusCode.OK, "");
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            // The caller has gone; there is nobody to answer.
            context.Abort();
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            End(context, StatusCode.DeadlineExceeded, "context deadline exceeded");
        }
        catch (Exception e)
        {
            var error = e as RpcException ?? StatusOf(call, e);
            End(context, error.StatusCode, error.Status.Detail);
        }
    }

    /// <summary>A stream's headers go out before its first message, so that the caller knows that it stands.</summary>
    private static async Task StartAsync(GrpcCall call)
    {
        await call.Http.Response.StartAsync(call.CancellationToken).ConfigureAwait(false);
        await call.Http.Response.BodyWriter.FlushAsync(call.CancellationToken).ConfigureAwait(false);
    }

    private static TimeSpan Clamp(TimeSpan time) => time > TimeSpan.FromDays(20) ? TimeSpan.FromDays(20) : time;

    private static void End(HttpContext context, StatusCode status, string message)
    {
        var trailers = context.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers;
        trailers["grpc-status"] = ((int)status).ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (message.Length > 0)
            trailers["grpc-message"] = StatusText.Encode(message);
    }
}
