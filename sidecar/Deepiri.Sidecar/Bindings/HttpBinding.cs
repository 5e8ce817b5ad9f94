using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Deepiri.Sidecar.Components;
using Microsoft.AspNetCore.WebUtilities;

namespace Deepiri.Sidecar.Bindings;

/// <summary><c>bindings.http</c>: calls a server (https://docs.dapr.io/reference/components-reference/supported-bindings/http/).</summary>
internal sealed class HttpBinding : IOutputBinding, IAsyncDisposable
{
    public static readonly string[] MetadataNames =
        ["url", "MTLSRootCA", "MTLSClientCert", "MTLSClientKey", "maxResponseBodySize", "errorIfNot2XX", "responseTimeout", "securityToken", "securityTokenHeader"];

    private const string Json = "application/json; charset=utf-8";
    private static readonly string[] s_traces = ["traceparent", "tracestate", "baggage"];

    private readonly HttpClient _client;
    private readonly string _url;
    private readonly TimeSpan _patience;
    private readonly bool _errorIfNot2xx;
    private readonly long _maxResponse;
    private readonly (string Header, string Token)? _security;

    public HttpBinding(ComponentContext context)
    {
        var metadata = context.Metadata;
        _url = metadata.Required("url");
        if (!Uri.TryCreate(_url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            throw new ComponentException($"metadata 'url' must be an http or https URL, not '{_url}'");
        _errorIfNot2xx = metadata.Flag("errorIfNot2XX", true);
        _maxResponse = metadata.Size("maxResponseBodySize", 100 << 20);
        if ((metadata.Text("securityToken"), metadata.Text("securityTokenHeader")) is ({ } token, { } header))
            _security = (header, token);
        var handler = new SocketsHttpHandler { UseCookies = false, ActivityHeadersPropagator = null, SslOptions = Tls(metadata) };
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _patience = metadata.Duration("responseTimeout", TimeSpan.Zero) is { Ticks: > 0 } patience ? patience : Timeout.InfiniteTimeSpan;
    }

    public IReadOnlyList<string> Operations { get; } = ["create", "get", "head", "post", "put", "patch", "delete", "options", "trace"];

    public async Task<BindingResponse> InvokeAsync(BindingRequest request, CancellationToken cancellationToken)
    {
        // From the first byte sent to the last one read.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(_patience);
        try
        {
            return await CallAsync(request, patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BindingException($"{_url} did not answer within {_patience.TotalSeconds} s");
        }
    }

    private async Task<BindingResponse> CallAsync(BindingRequest request, CancellationToken cancellationToken)
    {
        using var message = Message(request);
        using var response = await _client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        var status = (int)response.StatusCode;
        var metadata = new Dictionary<string, string> { ["statusCode"] = $"{status}", ["status"] = $"{status} {response.ReasonPhrase ?? ReasonPhrases.GetReasonPhrase(status)}" };
        foreach (var (name, values) in response.Headers.NonValidated.Concat(response.Content.Headers.NonValidated))
            metadata.TryAdd(name, string.Join(", ", (IEnumerable<string>)values));
        var answer = new BindingResponse(await ReadAsync(response, cancellationToken).ConfigureAwait(false), metadata);
        var isError = request.Text("errorIfNot2XX") is { } own ? !own.Equals("false", StringComparison.OrdinalIgnoreCase) : _errorIfNot2xx;
        return response.IsSuccessStatusCode || !isError ? answer : throw new BindingException($"received status code {status}", answer);
    }

    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private HttpRequestMessage Message(BindingRequest request)
    {
        var verb = request.Operation == "create" ? "POST" : request.Operation.ToUpperInvariant();
        var message = new HttpRequestMessage(new HttpMethod(verb), request.Text("path") is { } path ? $"{_url.TrimEnd('/')}/{path.TrimStart('/')}" : _url);
        if (verb is "POST" or "PUT" or "PATCH")
        {
            message.Content = new ReadOnlyMemoryContent(GoString.Unquote(request.Data));
            message.Content.Headers.TryAddWithoutValidation("Content-Type", Json);
        }
        message.Headers.TryAddWithoutValidation("Accept", Json);
        // What begins with a capital is a header, as Dapr's component has it; the rest is for the binding.
        foreach (var (name, value) in request.Metadata.Where(m => m.Key.Length > 0 && (char.IsAsciiLetterUpper(m.Key[0]) || s_traces.Contains(m.Key))))
            Set(message, name, value);
        if (_security is { } security)
            Set(message, security.Header, security.Token);
        return message;
    }

    private static void Set(HttpRequestMessage message, string name, string value)
    {
        var headers = name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase) ? message.Content?.Headers : (System.Net.Http.Headers.HttpHeaders)message.Headers;
        headers?.Remove(name);
        headers?.TryAddWithoutValidation(name, value);
    }

    /// <summary>What is longer than the limit is cut off there, as with daprd.</summary>
    private async Task<ReadOnlyMemory<byte>> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        using var all = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (all.Length < _maxResponse)
        {
            var read = await body.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, _maxResponse - all.Length)), cancellationToken).ConfigureAwait(false);
            if (read == 0)
                break;
            all.Write(buffer, 0, read);
        }
        return all.ToArray();
    }

    private static SslClientAuthenticationOptions Tls(ComponentMetadata metadata)
    {
        var options = new SslClientAuthenticationOptions();
        try
        {
            if (metadata.Text("MTLSRootCA") is { } root)
            {
                var trusted = new X509Certificate2Collection();
                trusted.ImportFromPem(Pem(root));
                options.CertificateChainPolicy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
                options.CertificateChainPolicy.CustomTrustStore.AddRange(trusted);
            }
            switch (metadata.Text("MTLSClientCert"), metadata.Text("MTLSClientKey"))
            {
                case ({ } certificate, { } key):
                    options.ClientCertificates = [X509Certificate2.CreateFromPem(Pem(certificate), Pem(key))];
                    break;
                case (null, null):
                    break;
                default:
                    throw new ComponentException("metadata 'MTLSClientCert' and 'MTLSClientKey' need each other");
            }
        }
        catch (Exception e) when (e is IOException or System.Security.Cryptography.CryptographicException or ArgumentException)
        {
            throw new ComponentException($"the certificates of the metadata cannot be read: {e.Message}", e);
        }
        return options;
    }

    /// <summary>The text itself, or the file that it names.</summary>
    private static string Pem(string text) => text.Contains("-----BEGIN", StringComparison.Ordinal) ? text : File.ReadAllText(text);
}
