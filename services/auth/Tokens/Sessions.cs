using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dapr.Client;
using Deepiri.ServiceDefaults.Secrets;
using Deepiri.ServiceDefaults.State;
using Microsoft.Extensions.Options;

namespace Deepiri.Auth.Tokens;

/// <summary>A session (a family of refresh tokens) of which the store knows only the number of its current token.</summary>
internal sealed record SessionRecord(string UserId, int Generation, bool Revoked);

/// <summary>A refresh token was exchanged: whose session, and the next token.</summary>
internal sealed record RefreshedSession(string UserId, string SessionId, string RefreshToken);

/// <summary>
/// Refresh tokens, rotated at every use. A token is <c>{session}.{generation}.{mac}</c>; the mac is made with the secret <c>refresh-token-key</c>,
/// so an old token is recognized as ours and revokes its session, while an invented one changes nothing.
/// </summary>
internal sealed class Sessions(DaprClient dapr, IOptions<TokenOptions> options) : IHostedService
{
    private const string Store = "statestore";
    private const string SecretName = "refresh-token-key";

    private byte[] _key = [];

    public async Task StartAsync(CancellationToken cancellationToken) => _key = Encoding.UTF8.GetBytes(await dapr.ReadSecretAsync(SecretName, cancellationToken));

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Begins a session.</summary>
    public async Task<RefreshedSession> BeginAsync(string userId, CancellationToken cancellationToken)
    {
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        await dapr.SaveStateAsync(Store, Key(id), new SessionRecord(userId, 1, Revoked: false), metadata: Lifetime(), cancellationToken: cancellationToken);
        return new RefreshedSession(userId, id, Token(id, 1));
    }

    /// <summary>Exchanges a token for the next one; null when it is not valid. A token that was used before ends its session.</summary>
    public async Task<RefreshedSession?> RefreshAsync(string token, CancellationToken cancellationToken)
    {
        if (!TryParse(token, out var id, out var generation))
            return null;
        var (session, etag) = await dapr.GetStateAndETagAsync<SessionRecord?>(Store, Key(id), cancellationToken: cancellationToken);
        if (session is null || session.Revoked)
            return null;
        if (session.Generation != generation)
        {
            await RevokeAsync(id, cancellationToken);
            return null;
        }
        var next = session with { Generation = generation + 1 };
        if (await dapr.TrySaveAsync(Store, Key(id), next, etag, Lifetime(), cancellationToken))
            return new RefreshedSession(session.UserId, id, Token(id, next.Generation));
        // Somebody used the same token at the same moment: that, too, is a second use.
        await RevokeAsync(id, cancellationToken);
        return null;
    }

    /// <summary>Ends a session: none of its tokens is valid any more.</summary>
    public async Task RevokeAsync(string id, CancellationToken cancellationToken)
    {
        var session = await dapr.GetStateAsync<SessionRecord?>(Store, Key(id), cancellationToken: cancellationToken);
        if (session is not null)
            await dapr.SaveStateAsync(Store, Key(id), session with { Revoked = true }, metadata: Lifetime(), cancellationToken: cancellationToken);
    }

    private static string Key(string id) => $"session:{id}";

    private Dictionary<string, string> Lifetime() => new() { ["ttlInSeconds"] = ((int)options.Value.RefreshTokenLifetime.TotalSeconds).ToString(CultureInfo.InvariantCulture) };

    private string Token(string id, int generation) => $"{id}.{generation}.{Base64Url.EncodeToString(Mac(id, generation))}";

    private byte[] Mac(string id, int generation) => HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes($"{id}.{generation}"));

    private bool TryParse(string token, out string id, out int generation)
    {
        id = "";
        generation = 0;
        var parts = token.Split('.');
        if (parts is not [{ Length: 32 }, _, _] || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out generation) || !Base64Url.IsValid(parts[2]))
            return false;
        id = parts[0];
        return CryptographicOperations.FixedTimeEquals(Mac(id, generation), Base64Url.DecodeFromChars(parts[2]));
    }
}
