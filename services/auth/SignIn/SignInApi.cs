using Deepiri.Auth.Tokens;
using Deepiri.Auth.Users;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Identity;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.Auth.SignIn;

/// <summary>Registering, signing in and out.</summary>
internal static class SignInApi
{
    public static IServiceCollection AddSignIn(this IServiceCollection services, IConfiguration configuration)
    {
        services.Configure<LockoutOptions>(configuration.GetSection("Lockout"));
        services.Configure<AdminOptions>(configuration.GetSection("Admins"));
        return services.AddSingleton<Lockout>().AddSingleton<Passwords>().AddSingleton<TokenIssuer>();
    }

    public static void MapSignIn(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/auth").WithTags("Sign-in");
        group.MapPost("/register", RegisterAsync).Validate(new RegisterRules()).WithSummary("Register a user");
        group.MapPost("/login", LoginAsync).Validate(new LoginRules()).WithSummary("Sign in with e-mail and password");
        group.MapPost("/refresh", RefreshAsync).Validate(new RefreshRules()).WithSummary("Exchange a refresh token for new tokens");
        group.MapDelete("/logout", LogoutAsync).WithSummary("End this session");
    }

    private static async Task<Created<UserView>> RegisterAsync(RegisterRequest request, UserStore users, Passwords passwords, TimeProvider time, HttpContext context, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var user = new User(Guid.CreateVersion7(now).ToString(), request.Username!, request.Email!.Trim(), passwords.Hash(request.Password!), new Preferences(), now, now);
        return await users.TryAddAsync(user, context.TraceIdentifier, cancellationToken)
            ? TypedResults.Created("/api/users/profile", View(user))
            : throw new ApiException(StatusCodes.Status409Conflict, "EMAIL_TAKEN", "There is an account with this e-mail address already. Sign in instead.");
    }

    private static async Task<Ok<TokenResponse>> LoginAsync(LoginRequest request, UserStore users, Passwords passwords, Lockout lockout, TokenIssuer issuer, CancellationToken cancellationToken)
    {
        await lockout.CountAsync(request.Email!, cancellationToken);
        var user = await users.FindByEmailAsync(request.Email!, cancellationToken);
        if (!passwords.Verify(user?.PasswordHash, request.Password!))
            throw new ApiException(StatusCodes.Status401Unauthorized, "INVALID_CREDENTIALS", "E-mail address or password is wrong.");
        await lockout.ResetAsync(request.Email!, cancellationToken);
        return TypedResults.Ok(await issuer.BeginAsync(user!, cancellationToken));
    }

    private static async Task<Ok<TokenResponse>> RefreshAsync(RefreshRequest request, TokenIssuer issuer, CancellationToken cancellationToken) =>
        TypedResults.Ok(await issuer.RefreshAsync(request.RefreshToken!, cancellationToken)
            ?? throw new ApiException(StatusCodes.Status401Unauthorized, "INVALID_REFRESH_TOKEN", "The refresh token is not valid any more. Sign in again."));

    private static async Task<NoContent> LogoutAsync(CurrentUser user, Sessions sessions, HttpContext context, CancellationToken cancellationToken)
    {
        if (context.Request.Headers[Contracts.Headers.SessionId].ToString() is { Length: > 0 } session)
            await sessions.RevokeAsync(session, cancellationToken);
        return TypedResults.NoContent();
    }

    public static UserView View(User user) => new(user.Id, user.Username, user.Email, user.CreatedAt);
}
