using Deepiri.Auth.SignIn;
using Deepiri.Auth.Users;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Http;
using Deepiri.ServiceDefaults.Identity;
using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.Auth.Profiles;

/// <summary>Profiles, progress, and the administrator's list of users.</summary>
internal static class ProfilesApi
{
    private const string Engagement = "engagement-service";

    public static void MapProfiles(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/users").WithTags("Users");
        group.MapGet("/profile", GetProfileAsync).WithSummary("The caller's profile");
        group.MapPut("/profile", PutProfileAsync).Validate(new ProfileRules()).WithSummary("Change the caller's profile");
        group.MapGet("/progress", GetProgressAsync).WithSummary("The caller's progress in the game");
        group.MapGet("/", ListAsync).RequireRole(Roles.Admin).WithSummary("All users, the newest first");
    }

    private static async Task<Ok<ProfileView>> GetProfileAsync(CurrentUser caller, UserStore users, ServiceClients services, HttpContext context, CancellationToken cancellationToken)
    {
        var (user, etag) = await FindAsync(caller, users, cancellationToken);
        context.Response.SetETag(etag);
        return TypedResults.Ok(await ViewAsync(user, services, cancellationToken));
    }

    private static async Task<Ok<ProfileView>> PutProfileAsync(ProfileRequest request, CurrentUser caller, UserStore users, ServiceClients services, TimeProvider time, HttpContext context, CancellationToken cancellationToken)
    {
        var (user, etag) = await FindAsync(caller, users, cancellationToken);
        context.Request.RequireMatch(etag);
        var changed = user with { Username = request.Username!, Preferences = request.Preferences ?? user.Preferences, UpdatedAt = time.GetUtcNow() };
        if (!await users.TryUpdateAsync(changed, etag, context.TraceIdentifier, cancellationToken))
            throw ApiException.PreconditionFailed();
        context.Response.SetETag((await users.FindAsync(user.Id, cancellationToken)).ETag);
        return TypedResults.Ok(await ViewAsync(changed, services, cancellationToken));
    }

    private static async Task<Ok<ProgressView>> GetProgressAsync(CurrentUser caller, ServiceClients services, CancellationToken cancellationToken) =>
        TypedResults.Ok(await services.GetAsync<ProgressView>(Engagement, $"/api/points/{caller.Id}", onBehalfOf: null, cancellationToken) ?? throw ApiException.NotFound("user", caller.Id));

    private static async Task<Ok<Page<UserView>>> ListAsync([AsParameters] Paging paging, UserStore users, CancellationToken cancellationToken)
    {
        var page = await users.ListAsync(paging.Size, paging.CursorId, cancellationToken);
        return TypedResults.Ok(new Page<UserView>([.. page.Items.Select(SignInApi.View)], page.Next));
    }

    private static async Task<(User User, string ETag)> FindAsync(CurrentUser caller, UserStore users, CancellationToken cancellationToken) =>
        await users.FindAsync(caller.Id, cancellationToken) is ({ } user, var etag) ? (user, etag) : throw ApiException.NotFound("user", caller.Id);

    /// <summary>A profile without its progress is still a profile: those fields are null while engagement-service does not answer.</summary>
    private static async Task<ProfileView> ViewAsync(User user, ServiceClients services, CancellationToken cancellationToken)
    {
        ProgressView? progress = null;
        try
        {
            progress = await services.GetAsync<ProgressView>(Engagement, $"/api/points/{user.Id}", onBehalfOf: null, cancellationToken);
        }
        catch (ApiException e) when (e.Status == StatusCodes.Status503ServiceUnavailable)
        {
        }
        return new ProfileView(user.Id, user.Username, user.Email, progress?.Level, progress?.Xp, progress?.Achievements, user.Preferences, user.CreatedAt, user.UpdatedAt);
    }

    internal sealed record ProfileRequest(string? Username, Preferences? Preferences);

    internal sealed record ProfileView(string Id, string Username, string Email, int? Level, long? Xp, IReadOnlyList<string>? Achievements, Preferences Preferences, DateTimeOffset CreatedAt, DateTimeOffset UpdatedAt);

    internal sealed record ProgressView(string UserId, long Xp, int Level, long XpForNextLevel, int Streak, int TasksCompleted, IReadOnlyList<string> Achievements);

    private sealed class ProfileRules : AbstractValidator<ProfileRequest>
    {
        public ProfileRules()
        {
            RuleFor(r => r.Username).UsernameRules();
            RuleFor(r => r.Preferences!.Language).Matches("^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$").WithMessage("A language tag such as en or pt-BR.").MaximumLength(35).WithMessage("At most 35 characters.")
                .When(r => r.Preferences is not null).OverridePropertyName("preferences.language");
        }
    }
}
