using Deepiri.ServiceDefaults;

namespace Deepiri.TaskOrchestrator.Sharing;

/// <summary>Who has an account, as auth-service knows it.</summary>
internal sealed class Directory(ServiceClients services)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>The id of the user with this id or e-mail; null when there is none.</summary>
    public async Task<string?> FindAsync(string? userId, string? email, CancellationToken cancellationToken) =>
        (await services.PostAsync<Query, Entry>("auth-service", "/internal/directory", new Query(userId, email), onBehalfOf: null, s_patience, cancellationToken)).UserId;

    private sealed record Query(string? UserId, string? Email);

    private sealed record Entry(string? UserId);
}
