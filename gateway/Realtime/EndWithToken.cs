using Deepiri.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Authentication;
using Microsoft.IdentityModel.JsonWebTokens;
using Yarp.ReverseProxy.Model;

namespace Deepiri.Gateway.Realtime;

/// <summary>A connection to the hub lives no longer than the token that it was opened with; the client connects again with a new one.</summary>
internal static class EndWithToken
{
    public static async Task InvokeAsync(HttpContext context, Func<Task> next)
    {
        if (context.GetReverseProxyFeature().Route.Config.ClusterId != Hub.Cluster || context.User.FindFirst(JwtRegisteredClaimNames.Exp) is not { } expires)
        {
            await next();
            return;
        }
        var left = DateTimeOffset.FromUnixTimeSeconds(long.Parse(expires.Value)) - context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();
        using var lifetime = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        lifetime.CancelAfter(TimeSpan.FromMilliseconds(Math.Clamp(left.TotalMilliseconds, 1, int.MaxValue)));
        var client = context.RequestAborted;
        context.RequestAborted = lifetime.Token;
        try
        {
            await next();
        }
        finally
        {
            context.RequestAborted = client;
        }
        // A long poll that was cut short.
        if (!context.Response.HasStarted && lifetime.IsCancellationRequested && !client.IsCancellationRequested)
            throw new ApiException(StatusCodes.Status401Unauthorized, "TOKEN_EXPIRED", "The access token has expired. Get a new one with the refresh token.");
    }
}
