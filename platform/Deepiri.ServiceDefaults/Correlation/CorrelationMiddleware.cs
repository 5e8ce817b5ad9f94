using System.Buffers;
using System.Diagnostics;
using Deepiri.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Deepiri.ServiceDefaults.Correlation;

/// <summary>Gives every request its <c>X-Request-ID</c>, and every response the platform's headers.</summary>
internal sealed class CorrelationMiddleware(RequestDelegate next, ServiceIdentity service, ILogger<CorrelationMiddleware> log)
{
    private const int LongestId = 128;
    private static readonly SearchValues<char> s_idCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:");

    public async Task InvokeAsync(HttpContext context)
    {
        var began = Stopwatch.GetTimestamp();
        var id = RequestId(context.Request.Headers[Headers.RequestId].ToString());
        context.TraceIdentifier = id;
        context.Response.OnStarting(() =>
        {
            var headers = context.Response.Headers;
            // A response that was forwarded already says who made it.
            headers.TryAdd(Headers.ServiceName, service.Name);
            headers.TryAdd(Headers.ServiceVersion, service.Version);
            headers[Headers.RequestId] = context.TraceIdentifier;
            headers[Headers.ResponseTime] = $"{Stopwatch.GetElapsedTime(began).TotalMilliseconds:0.0}ms";
            return Task.CompletedTask;
        });
        using (log.BeginScope(new RequestScope(id)))
            await next(context);
    }

    /// <summary>
    /// A client's id is kept when it is fit for a header and a log line; otherwise a new one is made, without asking the kernel for
    /// cryptographic randomness that an id for log lines does not need.
    /// </summary>
    private static string RequestId(string sent) =>
        sent.Length is > 0 and <= LongestId && sent.AsSpan().IndexOfAnyExcept(s_idCharacters) < 0 ? sent : ActivityTraceId.CreateRandom().ToHexString();

    private sealed class RequestScope(string id) : IReadOnlyList<KeyValuePair<string, object?>>
    {
        public int Count => 1;

        public KeyValuePair<string, object?> this[int index] => new("request_id", id);

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
        {
            yield return this[0];
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();

        public override string ToString() => $"request_id:{id}";
    }
}
