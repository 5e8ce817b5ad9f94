using System.Buffers;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Deepiri.Sidecar.Invocation;

/// <summary>
/// Forwards a request to another HTTP/1.1 server and streams both bodies. It gives the response's head before the body, so that invocation may try again.
/// </summary>
internal sealed class HttpForwarder : IDisposable
{
    private static readonly UriCreationOptions s_keepEscapes = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly HttpMessageInvoker _client;

    /// <summary>A forwarder with its own connection pool.</summary>
    /// <param name="maxConnectionsPerServer">Connections at most to one destination; further requests wait for a free one.</param>
    public HttpForwarder(int maxConnectionsPerServer = 1024) => _client = new HttpMessageInvoker(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = System.Net.DecompressionMethods.None,
        // Trace headers are forwarded as the caller set them.
        ActivityHeadersPropagator = null,
        // As Kestrel reads them.
        RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8,
        MaxConnectionsPerServer = maxConnectionsPerServer,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
        ConnectTimeout = TimeSpan.FromSeconds(5),
    });

    /// <summary>
    /// Sends the request of <paramref name="context"/> to <paramref name="destination"/> and returns the response's head.
    /// </summary>
    /// <param name="context">The request; its body is streamed.</param>
    /// <param name="destination">Scheme, host and port, without a path.</param>
    /// <param name="pathAndQuery">The escaped path and query, starting with <c>/</c>.</param>
    /// <param name="transform">Changes the headers after the client's were copied.</param>
    /// <param name="cancellationToken">Ends the wait for the response's head; by default the client's leaving does.</param>
    /// <exception cref="HttpRequestException">The destination could not be reached, or broke off before its response's head.</exception>
    /// <exception cref="BadHttpRequestException">The client's body is too large or broke off.</exception>
    public async Task<HttpResponseMessage> SendAsync(HttpContext context, string destination, string pathAndQuery, Action<HttpRequestMessage>? transform = null, CancellationToken cancellationToken = default)
    {
        var request = new HttpRequestMessage(Method(context.Request.Method), new Uri(destination + pathAndQuery, s_keepEscapes));
        try
        {
            if (HasBody(context))
                request.Content = new RequestBodyContent(context);
            CopyRequestHeaders(context.Request, request);
            transform?.Invoke(request);
            return await _client.SendAsync(request, cancellationToken.CanBeCanceled ? cancellationToken : context.RequestAborted).ConfigureAwait(false);
        }
        catch (HttpRequestException e) when (e.InnerException is BadHttpRequestException bad)
        {
            // It was the client's body that failed (too large, broken off), not the destination.
            request.Dispose();
            throw new BadHttpRequestException(bad.Message, bad.StatusCode, e);
        }
        catch (OperationCanceledException e) when (!context.RequestAborted.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            request.Dispose();
            throw new HttpRequestException($"{destination} did not take the connection in time", e);
        }
        catch
        {
            request.Dispose();
            throw;
        }
    }

    /// <summary>Writes a response's status, headers and body to the client, flushing what has come (so that server-sent events pass at once). As with Dapr, in chunks without Content-Length.</summary>
    /// <param name="context">Where to.</param>
    /// <param name="response">The response of <see cref="SendAsync"/>.</param>
    public static async Task CopyResponseAsync(HttpContext context, HttpResponseMessage response)
    {
        var cancellationToken = context.RequestAborted;
        context.Response.StatusCode = (int)response.StatusCode;
        CopyHeaders(context.Response.Headers, response.Headers.NonValidated);
        CopyHeaders(context.Response.Headers, response.Content.Headers.NonValidated);

        var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            await CopyAsync(body, context.Response.BodyWriter, buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            // The head is sent, so the only honest signal left is to break the connection.
            context.Abort();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>
    /// Flushes only before a wait for more: what came at once goes out at once, and a response that came whole leaves as one packet,
    /// the end of its chunks included.
    /// </summary>
    private static async Task CopyAsync(Stream from, System.IO.Pipelines.PipeWriter to, byte[] buffer, CancellationToken cancellationToken)
    {
        var isFlushed = true;
        while (true)
        {
            var reading = from.ReadAsync(buffer, cancellationToken);
            if (!reading.IsCompleted && !isFlushed)
            {
                await to.FlushAsync(cancellationToken).ConfigureAwait(false);
                isFlushed = true;
            }
            var read = await reading.ConfigureAwait(false);
            if (read == 0)
                return;
            to.Write(buffer.AsSpan(0, read));
            isFlushed = false;
            // A fast source must not fill the memory of a slow client.
            if (to.CanGetUnflushedBytes && to.UnflushedBytes >= buffer.Length)
            {
                await to.FlushAsync(cancellationToken).ConfigureAwait(false);
                isFlushed = true;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static bool HasBody(HttpContext context) =>
        context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody ?? context.Request.ContentLength > 0;

    private static HttpMethod Method(string method) => method switch
    {
        "GET" => HttpMethod.Get,
        "POST" => HttpMethod.Post,
        "PUT" => HttpMethod.Put,
        "DELETE" => HttpMethod.Delete,
        "PATCH" => HttpMethod.Patch,
        "HEAD" => HttpMethod.Head,
        "OPTIONS" => HttpMethod.Options,
        _ => new HttpMethod(method),
    };

    private static void CopyRequestHeaders(HttpRequest from, HttpRequestMessage to)
    {
        foreach (var (name, values) in from.Headers)
        {
            if (HopByHopHeaders.Contains(name) || name is "Host" or "Expect" || name.StartsWith(':'))
                continue;
            var added = values.Count == 1 ? to.Headers.TryAddWithoutValidation(name, values.ToString()) : to.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
            if (!added)
                to.Content?.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
        }
    }

    private static void CopyHeaders(IHeaderDictionary to, System.Net.Http.Headers.HttpHeadersNonValidated from)
    {
        foreach (var (name, values) in from)
        {
            if (HopByHopHeaders.Contains(name) || name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
                continue;
            to[name] = values.Count == 1 ? values.ToString() : new Microsoft.Extensions.Primitives.StringValues([.. values]);
        }
    }

    /// <summary>The request's body, streamed as it comes.</summary>
    private sealed class RequestBodyContent(HttpContext context) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? transport) =>
            SerializeToStreamAsync(stream, transport, context.RequestAborted);

        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? transport, CancellationToken cancellationToken)
        {
            // The head goes out at once, so that a peer may answer before the whole body has come.
            var reader = context.Request.BodyReader;
            while (true)
            {
                var result = await reader.ReadAsync(cancellationToken).ConfigureAwait(false);
                foreach (var segment in result.Buffer)
                    await stream.WriteAsync(segment, cancellationToken).ConfigureAwait(false);
                reader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                    return;
                await stream.FlushAsync(cancellationToken).ConfigureAwait(false);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = context.Request.ContentLength ?? 0;
            return context.Request.ContentLength is not null;
        }
    }
}
