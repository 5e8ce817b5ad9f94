using Deepiri.ServiceDefaults.Errors;

namespace Deepiri.Gateway.Authentication;

/// <summary>
/// Reads and validates the caller's token. A bad or missing one is refused where the route needs a user; elsewhere, for one at
/// <c>/api/auth/refresh</c>, an expired token in a client's default headers does no harm.
/// </summary>
internal static class TokenMiddleware
{
    private const string Bearer = "Bearer ";

    public static IServiceCollection AddTokenValidation(this IServiceCollection services, IConfiguration configuration)
    {
        services.Configure<TokenValidationOptions>(configuration.GetSection("Tokens"));
        return services.AddSingleton<KeyCache>().AddSingleton<TokenValidator>();
    }

    public static void UseTokenValidation(this WebApplication app) => app.Use(async (context, next) =>
    {
        if (Sent(context.Request) is { } jwt)
        {
            try
            {
                var (token, fault) = await context.RequestServices.GetRequiredService<TokenValidator>().ValidateAsync(jwt, context.RequestAborted);
                if (token is not null)
                    context.Features.Set(token);
                else
                    context.Features.Set(new RefusedToken(() => Refused(context, fault!.Value)));
            }
            catch (ApiException unavailable)
            {
                // Without keys nobody can be recognized; whoever need not be is served all the same.
                context.Features.Set(new RefusedToken(() => unavailable));
            }
        }
        await next(context);
    });

    /// <summary>The caller's token.</summary>
    /// <exception cref="ApiException">401 when there is none, or a bad one.</exception>
    public static AccessToken RequireToken(this HttpContext context)
    {
        if (context.Features.Get<AccessToken>() is { } token)
            return token;
        if (context.Features.Get<RefusedToken>() is { } refused)
            throw refused.Error();
        context.Response.Headers.WWWAuthenticate = "Bearer";
        throw new ApiException(StatusCodes.Status401Unauthorized, "UNAUTHENTICATED", "Sign in first: send Authorization: Bearer with an access token.");
    }

    /// <summary>From the Authorization header; on the hub, where browsers cannot set one, also from <c>access_token</c>.</summary>
    private static string? Sent(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
            return header[Bearer.Length..].Trim();
        return (request.Path.StartsWithSegments("/hubs") || request.Path == "/") && request.Query.TryGetValue("access_token", out var token) ? token.ToString() : null;
    }

    private static ApiException Refused(HttpContext context, TokenFault fault)
    {
        var expired = fault == TokenFault.Expired;
        context.Response.Headers.WWWAuthenticate = $"Bearer error=\"invalid_token\", error_description=\"{(expired ? "expired" : "not valid")}\"";
        return expired
            ? new ApiException(StatusCodes.Status401Unauthorized, "TOKEN_EXPIRED", "The access token has expired. Get a new one with the refresh token.")
            : new ApiException(StatusCodes.Status401Unauthorized, "INVALID_TOKEN", "The access token is not valid. Sign in again.");
    }

    private sealed record RefusedToken(Func<ApiException> Error);
}
