using System.Text;
using Deepiri.Sidecar.Http;
using Deepiri.Sidecar.Resiliency;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Deepiri.Sidecar.Invocation;

/// <summary>Dapr's service invocation (https://docs.dapr.io/reference/api/service_invocation_api/).</summary>
internal sealed class InvokeApi(AppSidecar self, SidecarHost host, HttpForwarder forwarder)
{
    public const string Prefix = "/v1.0/invoke/";
    private const string MethodSegment = "/method";

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
        if (request.Headers.TryGetValue(Callees.AppIdHeader, out var header) && header.ToString() is { Length: > 0 } appId)
            return appId;
        const string Basic = "Basic ";
        var authorization = request.Headers.Authorization.ToString();
        if (!authorization.StartsWith(Basic, StringComparison.OrdinalIgnoreCase))
            return null;
        Span<byte> decoded = stackalloc byte[256];
        if (!Convert.TryFromBase64String(authorization[Basic.Length..], decoded, out var length))
            return null;
        var parts = Encoding.UTF8.GetString(decoded[..length]).Split(':', 2);
        return parts is [Callees.AppIdHeader, { Length: > 0 } id] ? id : null;
    }

    private Task InvokeNamedAsync(HttpContext context, string target, InvokePath path, string query)
    {
        if (self.FindHttpEndpoint(target) is { } endpoint)
            return InvokeUrlAsync(context, target, endpoint.BaseUrl, endpoint.Headers, path.Escaped + query);

        return InvokeAppAsync(context, target, path, query);
    }

    private async Task InvokeAppAsync(HttpContext context, string target, InvokePath path, string query)
    {
        var appId = target.Split('.')[0];
        try
        {
            using var response = await SendAsync(context, self.Policies.App(appId, $"{appId}:{path.Decoded}"), stop =>
            {
                // Each try looks anew: the app may come, or get well, meanwhile.
                var callee = Callees.Find(self, host, target, path, context.Request.Method);
                return forwarder.SendAsync(context, callee.Channel.Address, path.Escaped + query, request =>
                {
                    Callees.Describe(request.Headers, self.AppId, target, TraceContext.NewParent());
                    callee.Channel.Authorize(request);
                }, cancellationToken: stop);
            }).ConfigureAwait(false);
            await HttpForwarder.CopyResponseAsync(context, response).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or PolicyException)
        {
            throw DaprErrors.Invoke.Failed(target, e.Message);
        }
    }

    /// <summary>A server outside the run: no caller headers, no app token.</summary>
    private async Task InvokeUrlAsync(HttpContext context, string name, string baseUrl, IReadOnlyDictionary<string, string> headers, string pathAndQuery)
    {
        if (!Uri.TryCreate(baseUrl, UriKind.Absolute, out _))
            throw DaprErrors.Invoke.Failed(name, $"invalid URL {baseUrl}");
        try
        {
            using var response = await SendAsync(context, self.Policies.App(name, $"{name}:{pathAndQuery.Split('?')[0]}"), stop => forwarder.SendAsync(context, baseUrl, pathAndQuery, request =>
            {
                foreach (var header in Callees.CallerHeaders)
                    request.Headers.Remove(header);
                foreach (var (header, value) in headers)
                    request.Headers.TryAddWithoutValidation(header, value);
            }, cancellationToken: stop)).ConfigureAwait(false);
            await HttpForwarder.CopyResponseAsync(context, response).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or PolicyException)
        {
            throw DaprErrors.Invoke.Failed(name, e.Message);
        }
    }

    /// <summary>Sends the request within a policy, whose timeout is for the response's head. When the policy gives up on what the app answers, its last answer is the caller's.</summary>
    private static async Task<HttpResponseMessage> SendAsync(HttpContext context, Policy policy, Func<CancellationToken, Task<HttpResponseMessage>> sendAsync)
    {
        if (policy.IsNone)
            return await sendAsync(context.RequestAborted).ConfigureAwait(false);
        // A body whose end is not known may be a stream without one: it is sent once, as it comes.
        ReadOnlyMemory<byte>? body = null;
        if (context.Request.ContentLength is > 0 && policy.HasRetries)
            body = await context.Request.BodyAsync().ConfigureAwait(false);
        else if (context.Request.ContentLength is null && context.Features.GetRequiredFeature<IHttpRequestBodyDetectionFeature>().CanHaveBody)
            policy = policy.Once;
        HttpResponseMessage? last = null;
        try
        {
            return await policy.ExecuteAsync(async stop =>
            {
                last?.Dispose();
                last = null;
                if (body is { } bytes)
                    context.Request.Body = new MemoryStream(bytes.ToArray());
                last = await sendAsync(stop).ConfigureAwait(false);
                return AppAnswerException.IsFailure(last) ? throw new AppAnswerException(last) : last;
            }, context.RequestAborted).ConfigureAwait(false);
        }
        catch (AppAnswerException e)
        {
            return e.Response;
        }
        catch
        {
            last?.Dispose();
            throw;
        }
    }
}
