using Deepiri.Gateway.Routing;
using Microsoft.AspNetCore.Authentication;
using Microsoft.IdentityModel.JsonWebTokens;
using Yarp.ReverseProxy.Model;

namespace Deepiri.Gateway.Realtime;

/// <summary>A connection to the hub lives no longer than the token that it was opened with; the client connects again with a new one.</summary>
internal static class EndWithToken
{
    public static async Task InvokeAsync(HttpContext context, Func<Task> next)
    {
        if (context.GetReverseProxyFeature().Route.Config.ClusterId != SidecarRoutes.Hub || context.User.FindFirst(JwtRegisteredClaimNames.Exp) is not { } expires)
        {
            await next();
            return;
        }
        var left = DateTimeOffset.FromUnixTimeSeconds(long.Parse(expires.Value)) - context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        using var lifetime = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        lifetime.CancelAfter(TimeSpan.FromMilliseconds(Math.Clamp(left.TotalMilliseconds, 1, int.MaxValue)));
        context.RequestAborted = lifetime.Token;
        await next();
    }
}
