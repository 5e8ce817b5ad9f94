using Deepiri.ServiceDefaults.Outbox;
using System.Security.Cryptography;
using System.Text;
using Dapr.Client;
using Deepiri.Contracts;
using Deepiri.ServiceDefaults.State;

namespace Deepiri.Auth.Users;

/// <summary>Users by id and by e-mail.</summary>
internal sealed class UserStore(DaprClient dapr, StateTransactions transactions)
{
    /// <summary>With the outbox to <see cref="Topics.Users"/>.</summary>
    public const string Store = "userstore";
    private const string Everyone = "everyone";

    private readonly OrderedIndex _index = new(dapr, "statestore", "users");

    /// <summary>Adds a user; false when the e-mail is taken. The claim of the e-mail and the user are one transaction.</summary>
    public async Task<bool> TryAddAsync(User user, string? requestId, CancellationToken cancellationToken)
    {
        if (await FindByEmailAsync(user.Email, cancellationToken) is not null)
            return false;
        await _index.AddAsync(Everyone, user.Id, cancellationToken);
        var changed = new UserChanged(user.Id, user.Username, user.UpdatedAt, requestId);
        if (await transactions.TryCommitAsync(new StateTransaction(Store, Topics.Users)
                .Save(EmailKey(user.Email), new EmailClaim(user.Id), "", EventTypes.UserRegistered, changed)
                .Save(UserKey(user.Id), user, "", EventTypes.UserUpdated, changed), cancellationToken))
            return true;
        await _index.RemoveAsync(Everyone, user.Id, cancellationToken);
        return false;
    }

    /// <summary>Saves a changed user; false when somebody else was faster.</summary>
    public Task<bool> TryUpdateAsync(User user, string etag, string? requestId, CancellationToken cancellationToken) =>
        transactions.TryCommitAsync(new StateTransaction(Store, Topics.Users)
            .Save(UserKey(user.Id), user, etag, EventTypes.UserUpdated, new UserChanged(user.Id, user.Username, user.UpdatedAt, requestId)), cancellationToken);

    public async Task<(User? User, string ETag)> FindAsync(string id, CancellationToken cancellationToken) =>
        await dapr.GetStateAndETagAsync<User?>(Store, UserKey(id), cancellationToken: cancellationToken);

    public async Task<User?> FindByEmailAsync(string email, CancellationToken cancellationToken) =>
        await dapr.GetStateAsync<EmailClaim?>(Store, EmailKey(email), cancellationToken: cancellationToken) is { } claim
            ? (await FindAsync(claim.UserId, cancellationToken)).User
            : null;

    /// <summary>Users from the newest to the oldest, after a cursor.</summary>
    public async Task<Page<User>> ListAsync(int limit, string? cursor, CancellationToken cancellationToken)
    {
        var users = new List<User>();
        await foreach (var batch in _index.NewestFirstAsync(Everyone, cursor, cancellationToken))
        {
            var found = await dapr.GetBulkStateAsync<User?>(Store, [.. batch.Select(UserKey)], parallelism: null, cancellationToken: cancellationToken);
            users.AddRange(found.Select(f => f.Value).OfType<User>().OrderByDescending(u => u.Id, StringComparer.Ordinal));
            if (users.Count > limit)
                break;
        }
        return users.Count > limit ? new Page<User>(users[..limit], users[limit - 1].Id) : new Page<User>(users, null);
    }

    private static string UserKey(string id) => $"user:{id}";

    /// <summary>Hashed, so that any legal e-mail is a legal key.</summary>
    private static string EmailKey(string email) => $"email:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Normalize(email))))}";

    /// <summary>The same mailbox however it is typed.</summary>
    public static string Normalize(string email) => email.Trim().ToLowerInvariant();

    private sealed record EmailClaim(string UserId);
}

internal static class UserServices
{
    public static IServiceCollection AddUsers(this IServiceCollection services) => services.AddSingleton<UserStore>().AddOutbox(UserStore.Store);
}
