using System.Buffers.Text;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Dapr.Client;
using Deepiri.ServiceDefaults.Errors;

namespace Deepiri.Gateway.Authentication;

/// <summary>auth-service's public keys (JWKS). An unknown key id has them fetched anew, every ten seconds at most.</summary>
internal sealed class KeyCache(DaprClient dapr, TimeProvider time, ILogger<KeyCache> log)
{
    private const string AuthService = "auth-service";
    private static readonly TimeSpan s_leastInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_leastIntervalWithoutKeys = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_longestAge = TimeSpan.FromMinutes(10);

    private readonly HttpClient _auth = dapr.CreateInvokableHttpClient(AuthService);
    private readonly SemaphoreSlim _fetching = new(1, 1);
    private Dictionary<string, ECDsa> _keys = [];
    private DateTimeOffset _attempted = DateTimeOffset.MinValue;
    private int _version;

    /// <summary>Grows when the set of keys changes.</summary>
    public int Version => Volatile.Read(ref _version);

    /// <summary>The key of this id; null when auth-service has none.</summary>
    /// <exception cref="ApiException">503 when no key is known and auth-service does not answer.</exception>
    public async ValueTask<ECDsa?> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (_keys.TryGetValue(id, out var key) && time.GetUtcNow() - _attempted < s_longestAge)
            return key;
        await RefreshAsync(cancellationToken);
        if (_keys.Count == 0)
            throw ApiException.Unavailable(AuthService);
        return _keys.GetValueOrDefault(id);
    }

    /// <summary>Fetches the keys, unless that was just tried. Known keys stay good while auth-service is away.</summary>
    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _fetching.WaitAsync(cancellationToken);
        try
        {
            if (time.GetUtcNow() - _attempted < (_keys.Count == 0 ? s_leastIntervalWithoutKeys : s_leastInterval))
                return;
            _attempted = time.GetUtcNow();
            // Not the caller's token: one that leaves must not spoil the attempt for the others.
            using var patience = new CancellationTokenSource(s_patience);
            var set = await _auth.GetFromJsonAsync<KeySet>("/.well-known/jwks.json", patience.Token);
            var keys = (set?.Keys ?? []).Where(k => k is { Kty: "EC", Crv: "P-256" }).ToDictionary(k => k.Kid, Import);
            if (keys.Count != _keys.Count || keys.Keys.Any(kid => !_keys.ContainsKey(kid)))
                Interlocked.Increment(ref _version);
            _keys = keys;
        }
        catch (Exception e) when (e is HttpRequestException or JsonException or OperationCanceledException)
        {
            Log.KeysNotFetched(log, e.Message);
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

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Warning, Message = "auth-service's keys could not be fetched; the known ones stay in use: {Reason}")]
    public static partial void KeysNotFetched(ILogger log, string reason);
}
