using System.Net;

namespace Deepiri.IntegrationTests.Outbox;

/// <summary>What happens to a call of the sidecar.</summary>
public enum CallFault
{
    None,

    /// <summary>It does not reach the sidecar.</summary>
    RequestLost,

    /// <summary>The sidecar carries it out, and its response is lost.</summary>
    ResponseLost,
}

/// <summary>The connection to a sidecar, whose calls fail as a test decides, and whose conflicts can be reported as daprd does for PostgreSQL.</summary>
public sealed class GrpcFaults() : DelegatingHandler(new SocketsHttpHandler { EnableMultipleHttp2Connections = true })
{
    private const string Aborted = "10";
    private const string Internal = "13";

    private volatile Func<string, CallFault> _decide = _ => CallFault.None;

    /// <summary>Whether a lost race is answered with Internal, as daprd answers it for PostgreSQL, instead of Aborted.</summary>
    public bool HidesConflicts { get; set; }

    /// <summary>Decides each call by its method, for example <c>PublishEvent</c>.</summary>
    public void Decide(Func<string, CallFault> decide) => _decide = decide;

    /// <summary>All calls of these methods fail from now on.</summary>
    public void Break(CallFault fault, params string[] methods) =>
        Decide(method => methods.Any(m => method.StartsWith(m, StringComparison.Ordinal)) ? fault : CallFault.None);

    /// <summary>Nothing reaches the sidecar any more, as after a crash.</summary>
    public void Crash() => Decide(_ => CallFault.RequestLost);

    public void Clear() => Decide(_ => CallFault.None);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var fault = _decide(request.RequestUri!.Segments[^1]);
        if (fault == CallFault.RequestLost)
            throw new HttpRequestException("The connection was closed before the request was sent.");
        var response = await base.SendAsync(request, cancellationToken);
        if (fault == CallFault.ResponseLost)
        {
            await response.Content.ReadAsByteArrayAsync(cancellationToken);
            response.Dispose();
            throw new HttpRequestException("The connection was closed before the response came.");
        }
        if (!HidesConflicts)
            return response;
        var body = new ByteArrayContent(await response.Content.ReadAsByteArrayAsync(cancellationToken));
        foreach (var header in response.Content.Headers)
            body.Headers.TryAddWithoutValidation(header.Key, header.Value);
        var changed = new HttpResponseMessage(HttpStatusCode.OK) { Version = response.Version, Content = body, RequestMessage = request };
        foreach (var header in response.Headers)
            changed.Headers.TryAddWithoutValidation(header.Key, Hide(header.Key, header.Value));
        foreach (var trailer in response.TrailingHeaders)
            changed.TrailingHeaders.TryAddWithoutValidation(trailer.Key, Hide(trailer.Key, trailer.Value));
        return changed;
    }

    private static IEnumerable<string> Hide(string name, IEnumerable<string> values) =>
        name == "grpc-status" ? values.Select(v => v == Aborted ? Internal : v) : values;
}
