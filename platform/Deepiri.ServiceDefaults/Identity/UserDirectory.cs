using Deepiri.ServiceDefaults.Errors;
using FluentValidation;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Deepiri.ServiceDefaults.Identity;

/// <summary>A user whom a request names, by id or by e-mail.</summary>
public interface INamesUser
{
    /// <summary>The user; or their e-mail.</summary>
    string? UserId { get; }

    /// <summary>The user's e-mail; or their id.</summary>
    string? Email { get; }
}

/// <summary>Who has an account, as auth-service knows it. The caller needs its access policy to let it.</summary>
public sealed class UserDirectory(ServiceClients services)
{
    private const string AuthService = "auth-service";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>The id of the user whom a request names.</summary>
    /// <exception cref="ApiException">400 when there is no such user; 503 when auth-service does not answer.</exception>
    public async Task<string> FindAsync(INamesUser named, CancellationToken cancellationToken) =>
        (await services.PostAsync<Query, Entry>(AuthService, "/internal/directory", new Query(named.UserId, named.Email), onBehalfOf: null, s_patience, cancellationToken).ConfigureAwait(false)).UserId
            ?? throw ApiException.Validation(FieldOf(named), "There is no such user.");

    /// <summary>The field by which a request names a user.</summary>
    public static string FieldOf(INamesUser named) => named.UserId is null ? "email" : "userId";

    private sealed record Query(string? UserId, string? Email);

    private sealed record Entry(string? UserId);
}

/// <summary>Adds the directory, and checks what names a user.</summary>
public static class UserDirectoryExtensions
{
    private const int LongestId = 64;
    private const int LongestEmail = 254;

    /// <summary>Adds <see cref="UserDirectory"/>.</summary>
    public static IServiceCollection AddUserDirectory(this IServiceCollection services)
    {
        services.TryAddSingleton<UserDirectory>();
        return services;
    }

    /// <summary>Either an id or an e-mail.</summary>
    public static void NamesUser<T>(this AbstractValidator<T> validator) where T : INamesUser
    {
        validator.RuleFor(r => r.UserId).Must((r, id) => (id is null) != (r.Email is null)).WithMessage("Either userId or email.");
        validator.RuleFor(r => r.UserId).MaximumLength(LongestId).WithMessage($"At most {LongestId} characters.");
        validator.RuleFor(r => r.Email).MaximumLength(LongestEmail).WithMessage($"At most {LongestEmail} characters.");
    }
}
