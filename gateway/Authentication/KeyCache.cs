using System.Buffers.Text;
using System.Net.Http.Json;
using System.Security.Cryptography;
using Dapr.Client;
using Deepiri.ServiceDefaults.Errors;

namespace Deepiri.Gateway.Authentication;

/// <summary>auth-service's public keys (JWKS). An unknown key id has them fetched anew, every ten seconds at most.</summary>
internal sealed class KeyCache(DaprClient dapr, TimeProvider time)
{
    private const string AuthService = "auth-service";
    private static readonly TimeSpan s_leastInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_longestAge = TimeSpan.FromMinutes(10);

    private readonly HttpClient _auth = dapr.CreateInvokableHttpClient(AuthService);
    private readonly SemaphoreSlim _fetching = new(1, 1);
    private Dictionary<string, ECDsa> _keys = [];
    private DateTimeOffset _fetched = DateTimeOffset.MinValue;
    private int _version;

    /// <summary>Grows when the set of keys changes.</summary>
    public int Version => Volatile.Read(ref _version);

    /// <summary>The key of this id; null when auth-service has none.</summary>
    /// <exception cref="ApiException">503 when no key is known and auth-service does not answer.</exception>
    public async ValueTask<ECDsa?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (_keys.TryGetValue(id, out var key) && time.GetUtcNow() - _fetched < s_longestAge)
            return key;
        await RefreshAsync(cancellationToken);
        return _keys.GetValueOrDefault(id);
    }

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _fetching.WaitAsync(cancellationToken);
        try
        {
            if (time.GetUtcNow() - _fetched < s_leastInterval)
                return;
            var set = await _auth.GetFromJsonAsync<KeySet>("/.well-known/jwks.json", cancellationToken);
            var keys = (set?.Keys ?? []).Where(k => k is { Kty: "EC", Crv: "P-256" }).ToDictionary(k => k.Kid, Import);
            var changed = keys.Count != _keys.Count || keys.Keys.Any(kid => !_keys.ContainsKey(kid));
            _keys = keys;
            _fetched = time.GetUtcNow();
            if (changed)
                Interlocked.Increment(ref _version);
        }
        catch (HttpRequestException)
        {
            // Known keys stay good while auth-service is away; without any, nobody can be let in.
            if (_keys.Count == 0)
                throw ApiException.Unavailable(AuthService);
        }
        finally
        {
            _fetching.Release();
        }
    }

    private static ECDsa Import(Jwk jwk) => ECDsa.Create(new ECParameters
    {
        Curve = ECCurve.NamedCurves.nistP256,
        Q = new ECPoint { X = Base64Url.DecodeFromChars(jwk.X), Y = Base64Url.DecodeFromChars(jwk.Y) },
    });

    private sealed record KeySet(IReadOnlyList<Jwk> Keys);

    private sealed record Jwk(string Kty, string Crv, string Kid, string X, string Y);
}
