namespace Deepiri.Engagement.Leaderboards;

/// <summary>A user's place: more points first, then who reached them first, then by id so that the order is total.</summary>
internal readonly record struct RankedEntry(long Xp, DateTimeOffset ReachedAt, string UserId) : IComparable<RankedEntry>
{
    public int CompareTo(RankedEntry other)
    {
        var byXp = other.Xp.CompareTo(Xp);
        if (byXp != 0)
            return byXp;
        var byTime = ReachedAt.CompareTo(other.ReachedAt);
        return byTime != 0 ? byTime : string.CompareOrdinal(UserId, other.UserId);
    }
}

/// <summary>Users in order of their points: a sorted array, so that a rank is a binary search.</summary>
internal sealed class RankedList
{
    private readonly List<RankedEntry> _entries = [];
    private readonly Dictionary<string, RankedEntry> _byUser = new(StringComparer.Ordinal);

    public void Set(RankedEntry entry)
    {
        if (_byUser.TryGetValue(entry.UserId, out var old))
        {
            // Points only grow: fewer mean that a newer state of this account came before an older one.
            if (old.Xp >= entry.Xp)
                return;
            _entries.RemoveAt(_entries.BinarySearch(old));
        }
        _byUser[entry.UserId] = entry;
        _entries.Insert(~_entries.BinarySearch(entry), entry);
    }

    /// <summary>The place from 1; null for a user without points.</summary>
    public int? RankOf(string userId) => _byUser.TryGetValue(userId, out var entry) ? _entries.BinarySearch(entry) + 1 : null;

    /// <summary>Entries from a place (from 1) on.</summary>
    public IReadOnlyList<(int Rank, RankedEntry Entry)> From(int rank, int count)
    {
        var start = Math.Max(1, rank);
        return [.. _entries.Skip(start - 1).Take(count).Select((entry, i) => (start + i, entry))];
    }

    public void Clear()
    {
        _entries.Clear();
        _byUser.Clear();
    }
}
