using Deepiri.ServiceDefaults.Identity;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.Auth.Users;

/// <summary>Who has an account, for other services.</summary>
internal static class DirectoryApi
{
    public static void MapDirectory(this IEndpointRouteBuilder endpoints) =>
        endpoints.MapPost("/internal/directory", FindAsync).RequireRole(Roles.Service).ExcludeFromDescription();

    private static async Task<Ok<Entry>> FindAsync(Query query, UserStore users, CancellationToken cancellationToken)
    {
        var user = query switch
        {
            { UserId: { Length: > 0 } id } => (await users.FindAsync(id, cancellationToken)).User,
            { Email: { Length: > 0 } email } => await users.FindByEmailAsync(email, cancellationToken),
            _ => null,
        };
        return TypedResults.Ok(new Entry(user?.Id, user?.Username));
    }

    /// <summary>By id, or by e-mail, which is looked for in the body so that it stands in no log.</summary>
    internal sealed record Query(string? UserId, string? Email);

    /// <summary>Null where there is no such user.</summary>
    internal sealed record Entry(string? UserId, string? Username);
}
