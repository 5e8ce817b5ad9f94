using System.Runtime.InteropServices;

namespace Deepiri.Engagement.Leaderboards;

/// <summary>A user's place: more points first, then who reached them first.</summary>
/// <param name="ReachedAt">UTC ticks.</param>
/// <param name="User">A number of the <see cref="UserTable"/>.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
internal readonly record struct RankedEntry(long Xp, long ReachedAt, int User);

/// <summary>
/// Users in order of their points, in sorted chunks: an update moves at most one chunk's entries, and a rank is the sizes of the chunks before
/// plus the place in its own. With a million users both take microseconds.
/// </summary>
internal sealed class RankedList(UserTable users) : IComparer<RankedEntry>
{
    private const int LargestChunk = 1024;

    /// <summary>By how much a chunk's room grows: doubling it would leave a third of the memory empty.</summary>
    private const int Growth = 64;

    private readonly List<List<RankedEntry>> _chunks = [];
    private readonly PagedArray<(long Xp, long ReachedAt)> _scores = new();

    public int Count { get; private set; }

    /// <summary>Puts a user at the place of their points.</summary>
    public void Set(int user, long xp, long reachedAt)
    {
        if (_scores[user] == (xp, reachedAt))
            return;
        Remove(user);
        if (xp <= 0)
            return;
        var entry = new RankedEntry(xp, reachedAt, user);
        var at = Math.Max(0, Math.Min(ChunkOf(entry), _chunks.Count - 1));
        if (_chunks.Count == 0)
            _chunks.Add([]);
        var chunk = _chunks[at];
        if (chunk.Count == chunk.Capacity)
            chunk.Capacity += Growth;
        chunk.Insert(~chunk.BinarySearch(entry, this), entry);
        if (chunk.Count > LargestChunk)
        {
            _chunks.Insert(at + 1, chunk[(chunk.Count / 2)..]);
            chunk.RemoveRange(chunk.Count / 2, chunk.Count - (chunk.Count / 2));
            chunk.Capacity = chunk.Count;
        }
        _scores[user] = (xp, reachedAt);
        Count++;
    }

    /// <summary>Takes a user off the list.</summary>
    public void Remove(int user)
    {
        if (Find(user) is not var (chunk, index))
            return;
        _chunks[chunk].RemoveAt(index);
        if (_chunks[chunk].Count == 0)
            _chunks.RemoveAt(chunk);
        _scores[user] = default;
        Count--;
    }

    /// <summary>The place from 1; null for a user who is not on the list.</summary>
    public int? RankOf(int user)
    {
        if (Find(user) is not var (chunk, index))
            return null;
        var before = 0;
        for (var i = 0; i < chunk; i++)
            before += _chunks[i].Count;
        return before + index + 1;
    }

    /// <summary>Entries from a place (from 1) on.</summary>
    public IReadOnlyList<(int Rank, RankedEntry Entry)> From(int rank, int count)
    {
        var found = new List<(int, RankedEntry)>(count);
        var skip = rank - 1;
        foreach (var chunk in _chunks)
        {
            for (var i = Math.Max(0, skip); i < chunk.Count && found.Count < count; i++)
                found.Add((rank + found.Count, chunk[i]));
            if (found.Count == count)
                break;
            skip -= chunk.Count;
        }
        return found;
    }

    public int Compare(RankedEntry x, RankedEntry y)
    {
        var byXp = y.Xp.CompareTo(x.Xp);
        if (byXp != 0)
            return byXp;
        var byTime = x.ReachedAt.CompareTo(y.ReachedAt);
        return byTime != 0 ? byTime : users.Compare(x.User, y.User);
    }

    private (int Chunk, int Index)? Find(int user)
    {
        var (xp, reachedAt) = _scores[user];
        if (xp == 0)
            return null;
        var entry = new RankedEntry(xp, reachedAt, user);
        var chunk = ChunkOf(entry);
        return (chunk, _chunks[chunk].BinarySearch(entry, this));
    }

    /// <summary>The first chunk whose last entry is not before an entry; past the last one when there is none.</summary>
    private int ChunkOf(RankedEntry entry)
    {
        var (low, high) = (0, _chunks.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (Compare(_chunks[middle][^1], entry) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
