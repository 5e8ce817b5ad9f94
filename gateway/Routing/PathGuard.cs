using Deepiri.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Http.Features;

namespace Deepiri.Gateway.Routing;

/// <summary>Refuses paths that somebody further on would understand otherwise than the gateway does.</summary>
internal static class PathGuard
{
    /// <exception cref="ApiException">400.</exception>
    public static Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.AsSpan();
        var queryAt = raw.IndexOf('?');
        var path = queryAt < 0 ? raw : raw[..queryAt];
        return IsAmbiguous(path) || IsRefusedByDapr(path) ? throw UnreachedService.Bad("The path is not valid.") : next(context);
    }

    /// <summary>A path that would be resolved, or decoded a second time, to another one than limits and routes were judged by.</summary>
    private static bool IsAmbiguous(ReadOnlySpan<char> path) =>
        path.Contains("//", StringComparison.Ordinal) || path.Contains("/../", StringComparison.Ordinal) || path.Contains("/./", StringComparison.Ordinal)
        || path.EndsWith("/..", StringComparison.Ordinal) || path.EndsWith("/.", StringComparison.Ordinal)
        || path.Contains("%2e", StringComparison.OrdinalIgnoreCase) || path.Contains("%2f", StringComparison.OrdinalIgnoreCase) || path.Contains("%5c", StringComparison.OrdinalIgnoreCase) || path.Contains("%25", StringComparison.Ordinal);

    /// <summary>A path that daprd does not invoke, and answers with 500 as if the service had failed (dapr/dapr, pkg/messaging/direct_messaging.go).</summary>
    private static bool IsRefusedByDapr(ReadOnlySpan<char> path) => path.Contains('%') && Uri.UnescapeDataString(path).Any(c => char.IsControl(c) || c is '#' or '?');
}
