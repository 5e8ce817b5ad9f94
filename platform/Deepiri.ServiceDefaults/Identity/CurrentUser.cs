using System.Reflection;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.Errors;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;

namespace Deepiri.ServiceDefaults.Identity;

/// <summary>Roles in <c>X-User-Role</c>.</summary>
public static class Roles
{
    /// <summary>A person.</summary>
    public const string User = "user";

    /// <summary>A person who runs the platform.</summary>
    public const string Admin = "admin";

    /// <summary>A service that calls on nobody's behalf.</summary>
    public const string Service = "service";
}

/// <summary>Who makes the request, from the gateway's headers. As a parameter of a handler it makes the route need a user.</summary>
public sealed record CurrentUser(string Id, string Role) : IBindableFromHttpContext<CurrentUser>
{
    /// <summary>True for an administrator.</summary>
    public bool IsAdmin => Role == Roles.Admin;

    /// <inheritdoc/>
    public static ValueTask<CurrentUser?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var id = context.Request.Headers[Headers.UserId].ToString();
        return id.Length > 0
            ? ValueTask.FromResult<CurrentUser?>(new CurrentUser(id, context.Request.Headers[Headers.UserRole].ToString()))
            : throw new ApiException(StatusCodes.Status401Unauthorized, "UNAUTHENTICATED", "Sign in first.");
    }
}

/// <summary>Restricts routes by role.</summary>
public static class RoleExtensions
{
    /// <summary>Lets only these roles through; others get 403.</summary>
    public static TBuilder RequireRole<TBuilder>(this TBuilder builder, params string[] roles) where TBuilder : IEndpointConventionBuilder =>
        builder.AddEndpointFilter(async (context, next) => roles.Contains(context.HttpContext.Request.Headers[Headers.UserRole].ToString())
            ? await next(context).ConfigureAwait(false)
            : throw new ApiException(StatusCodes.Status403Forbidden, "FORBIDDEN", "Your role does not allow this."));
}
