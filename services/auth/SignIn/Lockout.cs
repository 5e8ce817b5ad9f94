using System.Security.Cryptography;
using System.Text;
using Dapr.Client;
using Deepiri.Auth.Users;
using Deepiri.ServiceDefaults.Errors;
using Deepiri.ServiceDefaults.State;
using Microsoft.Extensions.Options;

namespace Deepiri.Auth.SignIn;

/// <summary>Options under <c>Lockout</c>.</summary>
internal sealed class LockoutOptions
{
    /// <summary>Attempts in a row before an address is locked; 5 by default.</summary>
    public int Attempts { get; set; } = 5;

    /// <summary>How long it is locked, counted from the last attempt; 15 minutes by default.</summary>
    public TimeSpan Duration { get; set; } = TimeSpan.FromMinutes(15);
}

/// <summary>
/// Counts attempts to sign in per e-mail address, whether an account has it or not, so that a lock tells nothing. An attempt is counted
/// before the password is looked at: a thousand guesses at once count as a thousand.
/// </summary>
internal sealed class Lockout(DaprClient dapr, IOptions<LockoutOptions> options, TimeProvider time)
{
    private const string Store = "statestore";

    /// <summary>Counts an attempt.</summary>
    /// <exception cref="ApiException">429 when the address is locked.</exception>
    public Task CountAsync(string email, CancellationToken cancellationToken) => Contention.RetryAsync(async () =>
    {
        var (record, etag) = await dapr.GetStateAndETagAsync<Record?>(Store, Key(email), cancellationToken: cancellationToken);
        var now = time.GetUtcNow();
        var isRecent = record is not null && record.Last + options.Value.Duration > now;
        if (isRecent && record!.Attempts >= options.Value.Attempts)
            throw Locked(record.Last + options.Value.Duration - now);
        var lifetime = new Dictionary<string, string> { ["ttlInSeconds"] = ((int)options.Value.Duration.TotalSeconds + 1).ToString() };
        return await dapr.TrySaveAsync(Store, Key(email), new Record(isRecent ? record!.Attempts + 1 : 1, now), etag, lifetime, cancellationToken);
    }, cancellationToken);

    /// <summary>Forgets the attempts, after the right password.</summary>
    public Task ResetAsync(string email, CancellationToken cancellationToken) => dapr.DeleteStateAsync(Store, Key(email), cancellationToken: cancellationToken);

    private static ApiException Locked(TimeSpan wait) =>
        new(StatusCodes.Status429TooManyRequests, "TOO_MANY_ATTEMPTS", "Too many attempts to sign in with this address. Wait, then try again.", retryable: true, retryAfter: wait);

    private static string Key(string email) => $"lockout:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(UserStore.Normalize(email))))}";

    private sealed record Record(int Attempts, DateTimeOffset Last);
}
