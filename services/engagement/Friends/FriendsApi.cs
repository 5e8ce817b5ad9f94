using Deepiri.Engagement.Accounts;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.Identity;
using FluentValidation;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Deepiri.Engagement.Friends;

/// <summary>With whom one compares oneself.</summary>
internal static class FriendsApi
{
    public static IServiceCollection AddFriends(this IServiceCollection services) => services.AddSingleton<FriendStore>().AddUserDirectory();

    public static void MapFriends(this IEndpointRouteBuilder endpoints)
    {
        var group = endpoints.MapGroup("/api/gamification/friends").WithTags("Gamification");
        group.MapGet("/", ListAsync).WithSummary("Whom the caller has added, and who of them has added the caller");
        group.MapPost("/", AddAsync).Validate(new FriendRules()).WithSummary("Add a user; you are friends once they have added you, too");
        group.MapDelete("/{userId}", RemoveAsync).WithSummary("Take a user out; that ends the friendship for both");
    }

    private static async Task<Ok<FriendsView>> ListAsync(CurrentUser user, FriendStore friends, AccountStore accounts, CancellationToken cancellationToken)
    {
        var added = await friends.OfAsync(user.Id, cancellationToken);
        // A name is for friends: adding somebody by their e-mail must not tell it.
        var names = (await accounts.FindAsync([.. added.Where(f => f.IsMutual).Select(f => f.UserId)], cancellationToken)).ToDictionary(a => a.UserId, a => a.Username);
        return TypedResults.Ok(new FriendsView([.. added.Select(f => new FriendView(f.UserId, names.GetValueOrDefault(f.UserId), f.IsMutual))]));
    }

    private static async Task<NoContent> AddAsync(FriendRequest request, CurrentUser user, FriendStore friends, UserDirectory directory, AccountStore accounts, HttpContext context, CancellationToken cancellationToken)
    {
        var other = await directory.FindAsync(request, cancellationToken);
        if (other == user.Id)
            throw ApiException.Validation(UserDirectory.FieldOf(request), "That is you.");
        await friends.AddAsync(user.Id, other, (await accounts.FindAsync(user.Id, cancellationToken)).Account.Username, context.TraceIdentifier, cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> RemoveAsync(string userId, CurrentUser user, FriendStore friends, HttpContext context, CancellationToken cancellationToken)
    {
        // Whom one has not added one cannot take out; and only ids that we know are keys.
        if ((await friends.OfAsync(user.Id, cancellationToken)).Any(f => f.UserId == userId))
            await friends.RemoveAsync(user.Id, userId, context.TraceIdentifier, cancellationToken);
        return TypedResults.NoContent();
    }

    /// <param name="UserId">The user; or their e-mail.</param>
    /// <param name="Email">The user's e-mail; or their id.</param>
    internal sealed record FriendRequest(string? UserId, string? Email) : INamesUser;

    /// <param name="Username">Their name, once they are friends.</param>
    /// <param name="IsMutual">Whether they have added the caller, too.</param>
    internal sealed record FriendView(string UserId, string? Username, bool IsMutual);

    internal sealed record FriendsView(IReadOnlyList<FriendView> Items);

    private sealed class FriendRules : AbstractValidator<FriendRequest>
    {
        public FriendRules() => this.NamesUser();
    }
}
