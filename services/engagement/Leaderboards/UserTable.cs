using System.Security.Cryptography;
using System.Text;

namespace Deepiri.Engagement.Leaderboards;

/// <summary>
/// Small numbers for user ids, so that boards of a million users fit into memory: a UUID takes 16 bytes here, not the hundred of a string.
/// Other ids go by their hash.
/// </summary>
internal sealed class UserTable
{
    private readonly Dictionary<Guid, int> _numbers = [];
    private readonly List<Guid> _ids = [];
    private readonly Dictionary<int, string> _others = [];

    public int? Find(string id) => _numbers.TryGetValue(KeyOf(id, out _), out var number) ? number : null;

    public int Add(string id)
    {
        var key = KeyOf(id, out var isUuid);
        if (_numbers.TryGetValue(key, out var known))
            return known;
        var number = _ids.Count;
        _numbers.Add(key, number);
        _ids.Add(key);
        if (!isUuid)
            _others.Add(number, id);
        return number;
    }

    public string IdOf(int number) => _others.TryGetValue(number, out var id) ? id : _ids[number].ToString();

    /// <summary>An order of users that is the same in every run.</summary>
    public int Compare(int one, int other) => _ids[one].CompareTo(_ids[other]);

    private static Guid KeyOf(string id, out bool isUuid)
    {
        // Only as we write it: another spelling is another id.
        isUuid = Guid.TryParseExact(id, "D", out var uuid) && uuid.ToString() == id;
        return isUuid ? uuid : new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(id)).AsSpan(0, 16));
    }
}
