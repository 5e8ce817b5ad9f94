using System.Net.Http.Headers;
using Deepiri.Sidecar.Components;
using Deepiri.Sidecar.Http;

namespace Deepiri.Sidecar.Invocation;

/// <summary>An app that is called.</summary>
internal readonly record struct Callee(string AppId, AppChannel Channel);

/// <summary>The app that a call goes to, and what it is told of its caller; the same over either protocol.</summary>
internal static class Callees
{
    public const string AppIdHeader = "dapr-app-id";
    private const string CallerHeader = "dapr-caller-app-id";
    private const string CalleeHeader = "dapr-callee-app-id";
    private const string CallerNamespaceHeader = "dapr-caller-namespace";

    private static readonly string s_host = Environment.MachineName;
    private static readonly string s_forwarded = $"for=127.0.0.1;by=127.0.0.1;host={s_host}";

    /// <summary>Says who called what; only sidecars do.</summary>
    public static readonly string[] CallerHeaders = [AppIdHeader, CallerHeader, CalleeHeader, CallerNamespaceHeader];

    /// <summary>An app, if the caller may call this of it.</summary>
    /// <param name="self">The caller's sidecar.</param>
    /// <param name="host">The sidecars of the run.</param>
    /// <param name="target"><c>app-id</c> or <c>app-id.namespace</c>.</param>
    /// <param name="path">The method's path.</param>
    /// <param name="verb">The HTTP method.</param>
    /// <exception cref="DaprErrorException">There is no such app, it listens on no port, or its access control denies this.</exception>
    public static Callee Find(AppSidecar self, SidecarHost host, string target, InvokePath path, string verb)
    {
        if (target.Length == 0)
            throw DaprErrors.Invoke.NoAppId();
        if (!self.IsOutboundReady)
            throw DaprErrors.Invoke.NotReady();
        var parts = target.Split('.');
        if (parts.Length > 2)
            throw DaprErrors.Invoke.Failed(target, $"invalid app id {target}");
        var isHere = parts.Length == 1 || parts[1] == Templates.Namespace;
        if (!isHere || host.Find(parts[0]) is not { } callee)
            throw DaprErrors.Invoke.Failed(target, $"couldn't find service: {parts[0]}");
        if (callee != self && !callee.AccessControl.IsAllowed(self.AppId, path.Decoded, verb))
            throw DaprErrors.Invoke.Denied(callee.AppId, callee.AccessControl.SpiffeId(self.AppId), path.Decoded.TrimStart('/'), verb);
        if (callee.App is { IsHealthy: false })
            throw DaprErrors.Invoke.Unhealthy(callee.AppId, isLocal: callee == self);
        return callee.App is { } channel ? new Callee(callee.AppId, channel) : throw DaprErrors.Invoke.Failed(callee.AppId, "cannot invoke local endpoint: app channel not initialized");
    }

    /// <summary>Says who calls whom; what the client itself said about that is removed.</summary>
    public static void Describe(HttpRequestHeaders headers, string caller, string callee, string traceParent)
    {
        foreach (var name in CallerHeaders)
            headers.Remove(name);
        headers.TryAddWithoutValidation(CallerHeader, caller);
        headers.TryAddWithoutValidation(CalleeHeader, callee.Split('.')[0]);
        headers.TryAddWithoutValidation(CallerNamespaceHeader, Templates.Namespace);
        Append(headers, "X-Forwarded-For", "127.0.0.1");
        Append(headers, "X-Forwarded-Host", s_host);
        Append(headers, "Forwarded", s_forwarded);
        if (!headers.NonValidated.Contains("traceparent"))
            headers.TryAddWithoutValidation("traceparent", traceParent);
    }

    private static void Append(HttpRequestHeaders headers, string name, string value)
    {
        if (!headers.NonValidated.TryGetValues(name, out var existing))
        {
            headers.TryAddWithoutValidation(name, value);
            return;
        }
        var joined = $"{existing}, {value}";
        headers.Remove(name);
        headers.TryAddWithoutValidation(name, joined);
    }
}
