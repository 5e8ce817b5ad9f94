using System.Collections.Concurrent;

namespace Deepiri.Gateway.Authentication;

/// <summary>
/// Tokens whose signature was verified, so that a client's next request need not verify it again. Two generations bound the
/// memory: when the younger one is full, the older one is let go. New keys make every entry void.
/// </summary>
internal sealed class ValidatedTokens
{
    private const int GenerationSize = 10_000;

    private ConcurrentDictionary<string, (AccessToken Token, int Version)> _young = new(StringComparer.Ordinal);
    private ConcurrentDictionary<string, (AccessToken Token, int Version)> _old = new(StringComparer.Ordinal);

    public AccessToken? Find(string jwt, int version) =>
        (_young.TryGetValue(jwt, out var entry) || _old.TryGetValue(jwt, out entry)) && entry.Version == version ? entry.Token : null;

    public void Add(string jwt, AccessToken token, int version)
    {
        if (_young.Count >= GenerationSize)
        {
            _old = _young;
            _young = new(StringComparer.Ordinal);
        }
        _young[jwt] = (token, version);
    }
}
