using Deepiri.Auth.Tokens;
using Deepiri.Auth.Users;
using Deepiri.ServiceDefaults.Identity;
using Microsoft.Extensions.Options;

namespace Deepiri.Auth.SignIn;

/// <summary>Options under <c>Admins</c>.</summary>
internal sealed class AdminOptions
{
    /// <summary>E-mail addresses whose accounts are administrators. Register them before the platform is open to others: addresses are not verified.</summary>
    public IReadOnlyList<string> Emails { get; set; } = [];
}

/// <summary>Makes the pair of tokens of a session.</summary>
internal sealed class TokenIssuer(Sessions sessions, AccessTokens access, UserStore users, IOptions<TokenOptions> options, IOptions<AdminOptions> admins)
{
    public async Task<TokenResponse> BeginAsync(User user, CancellationToken cancellationToken) =>
        Respond(user, await sessions.BeginAsync(user.Id, cancellationToken));

    public async Task<TokenResponse?> RefreshAsync(string refreshToken, CancellationToken cancellationToken) =>
        await sessions.RefreshAsync(refreshToken, cancellationToken) is { } session && (await users.FindAsync(session.UserId, cancellationToken)).User is { } user
            ? Respond(user, session)
            : null;

    private TokenResponse Respond(User user, RefreshedSession session)
    {
        var role = admins.Value.Emails.Contains(UserStore.Normalize(user.Email), StringComparer.OrdinalIgnoreCase) ? Roles.Admin : Roles.User;
        return new TokenResponse(access.Issue(user, role, session.SessionId), session.RefreshToken, (int)options.Value.AccessTokenLifetime.TotalSeconds, SignInApi.View(user));
    }
}
