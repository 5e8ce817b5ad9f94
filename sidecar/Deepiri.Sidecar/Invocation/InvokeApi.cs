using System.Text;
using Deepiri.HttpForwarding;
using Deepiri.Sidecar.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Deepiri.Sidecar.Invocation;

/// <summary>Dapr's service invocation (https://docs.dapr.io/reference/api/service_invocation_api/).</summary>
internal sealed class InvokeApi(AppSidecar self, SidecarHost host, HttpForwarder forwarder)
{
    public const string Prefix = "/v1.0/invoke/";
    private const string MethodSegment = "/method";
    private const string AppIdHeader = "dapr-app-id";
    private const string CallerHeader = "dapr-caller-app-id";
    private const string CalleeHeader = "dapr-callee-app-id";
    private const string CallerNamespaceHeader = "dapr-caller-namespace";

    // Asked for once: each time is a system call.
    private static readonly string s_host = Environment.MachineName;
    private static readonly string s_forwarded = $"for=127.0.0.1;by=127.0.0.1;host={s_host}";

    /// <summary>Invokes by URL (<c>/v1.0/invoke/{target}/method/{path}</c>), or by the <c>dapr-app-id</c> header or Basic user with the plain path.</summary>
    public Task HandleAsync(HttpContext context)
    {
        var raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var queryAt = raw.IndexOf('?');
        var path = queryAt < 0 ? raw : raw[..queryAt];
        var query = queryAt < 0 ? "" : raw[queryAt..];

        string target;
        string method;
        if (path.StartsWith(Prefix, StringComparison.Ordinal) && path.IndexOf(MethodSegment, Prefix.Length, StringComparison.Ordinal) is > 0 and var at)
        {
            target = Uri.UnescapeDataString(path[Prefix.Length..at]);
            method = path[(at + MethodSegment.Length)..];
            if (method.Length > 0 && method[0] != '/')
                throw DaprErrors.Invoke.NoAppId();
        }
        else
        {
            target = AddressedByHeader(context.Request) ?? throw DaprErrors.Invoke.NoAppId();
            method = path;
        }
        if (target.Length == 0)
            throw DaprErrors.Invoke.NoAppId();
        if (!self.IsOutboundReady)
            throw DaprErrors.Invoke.NotReady();
        if (!InvokePath.TryParse(method.Length == 0 ? "/" : method, out var clean, out var fault))
            throw DaprErrors.Invoke.BadPath(fault!);
        return target.StartsWith("http:", StringComparison.OrdinalIgnoreCase) || target.StartsWith("https:", StringComparison.OrdinalIgnoreCase)
            ? InvokeUrlAsync(context, target, target, new Dictionary<string, string>(), clean.Escaped + query)
            : InvokeNamedAsync(context, target, clean, query);
    }

    private static string? AddressedByHeader(HttpRequest request)
    {
        if (request.Headers.TryGetValue(AppIdHeader, out var header) && header.ToString() is { Length: > 0 } appId)
            return appId;
        const string Basic = "Basic ";
        var authorization = request.Headers.Authorization.ToString();
        if (!authorization.StartsWith(Basic, StringComparison.OrdinalIgnoreCase))
            return null;
        Span<byte> decoded = stackalloc byte[256];
        if (!Convert.TryFromBase64String(authorization[Basic.Length..], decoded, out var length))
            return null;
        var parts = Encoding.UTF8.GetString(decoded[..length]).Split(':', 2);
        return parts is [AppIdHeader, { Length: > 0 } id] ? id : null;
    }

    private Task InvokeNamedAsync(HttpContext context, string target, InvokePath path, string query)
    {
        if (self.FindHttpEndpoint(target) is { } endpoint)
            return InvokeUrlAsync(context, target, endpoint.BaseUrl, endpoint.Headers, path.Escaped + query);

        var parts = target.Split('.');
        if (parts.Length > 2)
            throw DaprErrors.Invoke.Failed(target, $"invalid app id {target}");
        var isHere = parts.Length == 1 || parts[1] == Components.Templates.Namespace;
        if (!isHere || host.Find(parts[0]) is not { } callee)
            throw DaprErrors.Invoke.Failed(target, $"couldn't find service: {parts[0]}");
        return InvokeAppAsync(context, callee, path, query);
    }

    private async Task InvokeAppAsync(HttpContext context, AppSidecar callee, InvokePath path, string query)
    {
        if (callee != self && !callee.AccessControl.IsAllowed(self.AppId, path.Decoded, context.Request.Method))
            throw DaprErrors.Invoke.Denied(callee.AppId, callee.AccessControl.SpiffeId(self.AppId), path.Decoded.TrimStart('/'), context.Request.Method);
        if (callee.App is not { } app)
            throw DaprErrors.Invoke.Failed(callee.AppId, "cannot invoke local endpoint: app channel not initialized");
        try
        {
            using var response = await forwarder.SendAsync(context, app.Address, path.Escaped + query, request =>
            {
                Describe(context, request, callee.AppId);
                app.Authorize(request);
            }).ConfigureAwait(false);
            await HttpForwarder.CopyResponseAsync(context, response, keepContentLength: false).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            throw DaprErrors.Invoke.Failed(callee.AppId, e.Message);
        }
    }

    /// <summary>A server outside the run: no caller headers, no app token.</summary>
    private async Task InvokeUrlAsync(HttpContext context, string name, string baseUrl, IReadOnlyDictionary<string, string> headers, string pathAndQuery)
    {
        if (!Uri.TryCreate(baseUrl, UriKind.Absolute, out _))
            throw DaprErrors.Invoke.Failed(name, $"invalid URL {baseUrl}");
        try
        {
            using var response = await forwarder.SendAsync(context, baseUrl, pathAndQuery, request =>
            {
                foreach (var header in (ReadOnlySpan<string>)[AppIdHeader, CallerHeader, CalleeHeader, CallerNamespaceHeader])
                    request.Headers.Remove(header);
                foreach (var (header, value) in headers)
                    request.Headers.TryAddWithoutValidation(header, value);
            }).ConfigureAwait(false);
            await HttpForwarder.CopyResponseAsync(context, response, keepContentLength: false).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            throw DaprErrors.Invoke.Failed(name, e.Message);
        }
    }

    /// <summary>Says who calls whom; what the client itself said about that is removed.</summary>
    private void Describe(HttpContext context, HttpRequestMessage request, string calleeAppId)
    {
        var headers = request.Headers;
        headers.Remove(AppIdHeader);
        headers.Remove(CallerHeader);
        headers.Remove(CalleeHeader);
        headers.Remove(CallerNamespaceHeader);
        headers.TryAddWithoutValidation(CallerHeader, self.AppId);
        headers.TryAddWithoutValidation(CalleeHeader, calleeAppId);
        headers.TryAddWithoutValidation(CallerNamespaceHeader, Components.Templates.Namespace);
        Append(request, "X-Forwarded-For", "127.0.0.1", context.Request);
        Append(request, "X-Forwarded-Host", s_host, context.Request);
        Append(request, "Forwarded", s_forwarded, context.Request);
        if (context.Request.Headers.TraceParent.Count == 0)
            headers.TryAddWithoutValidation("traceparent", TraceContext.NewParent());
    }

    private static void Append(HttpRequestMessage request, string name, string value, HttpRequest from)
    {
        var existing = from.Headers[name].ToString();
        if (existing.Length > 0)
            request.Headers.Remove(name);
        request.Headers.TryAddWithoutValidation(name, existing.Length > 0 ? $"{existing}, {value}" : value);
    }
}
