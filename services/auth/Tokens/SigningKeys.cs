using System.Security.Cryptography;
using System.Text.Json;
using Dapr.Client;
using Deepiri.ServiceDefaults.Secrets;
using Microsoft.IdentityModel.Tokens;

namespace Deepiri.Auth.Tokens;

/// <summary>
/// The signing keys, from the secret <c>auth-signing-keys</c>: a JSON list of <c>{kid, pem}</c>. The first one signs, all are published,
/// so that a key is rotated by putting a new one first and removing the old one when its last token has expired.
/// </summary>
internal sealed class SigningKeys(DaprClient dapr) : IHostedService
{
    private const string SecretName = "auth-signing-keys";

    private IReadOnlyList<ECDsaSecurityKey> _keys = [];

    /// <summary>All keys; the first one signs.</summary>
    public IReadOnlyList<ECDsaSecurityKey> All => _keys.Count > 0 ? _keys : throw new InvalidOperationException("The signing keys are not loaded yet.");

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var secret = await dapr.ReadSecretAsync(SecretName, cancellationToken);
        var keys = JsonSerializer.Deserialize<StoredKey[]>(secret, JsonSerializerOptions.Web) ?? [];
        if (keys.Length == 0)
            throw new InvalidOperationException($"The secret '{SecretName}' must be a JSON list of {{\"kid\", \"pem\"}} with at least one P-256 key.");
        _keys = [.. keys.Select(Load)];
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static ECDsaSecurityKey Load(StoredKey stored)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(stored.Pem);
        return key.KeySize == 256 ? new ECDsaSecurityKey(key) { KeyId = stored.Kid } : throw new InvalidOperationException($"Key '{stored.Kid}' of '{SecretName}' is not on P-256; ES256 needs that curve.");
    }

    private sealed record StoredKey(string Kid, string Pem);
}
