using System.Runtime.CompilerServices;
using Dapr.Client;

namespace Deepiri.ServiceDefaults.State;

/// <summary>
/// An ordered set of ids beside the items of a state store, which itself cannot list: a two-level tree of leaves under one head per owner.
/// Ids are UUIDv7, so their order is the order of creation.
/// </summary>
/// <remarks>
/// The id is added <em>before</em> its item is written. A crash between the two leaves an id without an item, which readers pass over;
/// an item that no list shows cannot come about. See docs/decisions/0003-indexes-as-projections.md.
/// </remarks>
public sealed class OrderedIndex(DaprClient dapr, string storeName, string name)
{
    private const int LargestLeaf = 256;

    /// <summary>Adds an id; one that is there already is no error.</summary>
    public Task AddAsync(string owner, string id, CancellationToken cancellationToken) => AddAsync(owner, [id], cancellationToken);

    /// <summary>Adds ids, those of one leaf together; one that is there already is no error.</summary>
    public async Task AddAsync(string owner, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        var left = ids.Order(StringComparer.Ordinal).ToList();
        while (left.Count > 0)
            await Contention.RetryAsync(async () =>
            {
                var added = await AddSomeAsync(owner, left, cancellationToken).ConfigureAwait(false);
                left.RemoveRange(0, added ?? 0);
                return added is not null;
            }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Adds the first of some ids in order, and how many after it go to the same leaf; null when somebody else was faster.</summary>
    private async Task<int?> AddSomeAsync(string owner, List<string> ids, CancellationToken cancellationToken)
    {
        var (head, headETag) = await HeadAsync(owner, cancellationToken).ConfigureAwait(false);
        if (head.Leaves.Count == 0)
            return await CommitAsync(cancellationToken, (HeadKey(owner), new Head([new LeafRef(0, ids[0])], 1), headETag), (LeafKey(owner, 0), new Leaf([ids[0]], null), "")).ConfigureAwait(false) ? 1 : null;

        var at = head.IndexOf(ids[0]);
        var key = LeafKey(owner, head.Leaves[at].Number);
        var (leaf, etag) = await dapr.GetStateAndETagAsync<Leaf>(storeName, key, cancellationToken: cancellationToken).ConfigureAwait(false);
        if (!leaf.Covers(ids[0]))
            return null;
        var (before, taken) = (leaf.Ids.Count, 0);
        // One more than fits makes the leaf be split.
        for (; taken < ids.Count && leaf.Covers(ids[taken]) && leaf.Ids.Count <= LargestLeaf; taken++)
            if (leaf.Ids.BinarySearch(ids[taken], StringComparer.Ordinal) is < 0 and var position)
                leaf.Ids.Insert(~position, ids[taken]);
        if (leaf.Ids.Count == before)
            return taken;
        var saved = leaf.Ids.Count <= LargestLeaf
            ? await dapr.TrySaveAsync(storeName, key, leaf, etag, cancellationToken: cancellationToken).ConfigureAwait(false)
            : await SplitAsync(owner, head, headETag, at, leaf, etag, cancellationToken).ConfigureAwait(false);
        return saved ? taken : null;
    }

    /// <summary>Removes an id; one that is not there is no error.</summary>
    public Task RemoveAsync(string owner, string id, CancellationToken cancellationToken) => Contention.RetryAsync(async () =>
    {
        var (head, _) = await HeadAsync(owner, cancellationToken).ConfigureAwait(false);
        if (head.Leaves.Count == 0)
            return true;
        var key = LeafKey(owner, head.Leaves[head.IndexOf(id)].Number);
        var (leaf, etag) = await dapr.GetStateAndETagAsync<Leaf>(storeName, key, cancellationToken: cancellationToken).ConfigureAwait(false);
        if (!leaf.Covers(id))
            return false;
        return !leaf.Ids.Remove(id) || await dapr.TrySaveAsync(storeName, key, leaf, etag, cancellationToken: cancellationToken).ConfigureAwait(false);
    }, cancellationToken);

    /// <summary>Ids from the newest to the oldest, in batches of one leaf; with <paramref name="before"/>, those older than it.</summary>
    public async IAsyncEnumerable<IReadOnlyList<string>> NewestFirstAsync(string owner, string? before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (head, _) = await HeadAsync(owner, cancellationToken).ConfigureAwait(false);
        var at = before is null ? head.Leaves.Count - 1 : head.Leaves.Count == 0 ? -1 : head.IndexOf(before);
        while (at >= 0)
        {
            var leaf = await dapr.GetStateAsync<Leaf>(storeName, LeafKey(owner, head.Leaves[at].Number), cancellationToken: cancellationToken).ConfigureAwait(false);
            if (leaf.Until != (at + 1 < head.Leaves.Count ? head.Leaves[at + 1].First : null))
            {
                // The leaf was split after the head was read: some of its ids stand in a leaf that this head does not know.
                (head, _) = await HeadAsync(owner, cancellationToken).ConfigureAwait(false);
                at = before is null ? head.Leaves.Count - 1 : head.IndexOf(before);
                continue;
            }
            var batch = leaf.Ids.FindAll(id => before is null || string.CompareOrdinal(id, before) < 0);
            batch.Reverse();
            if (batch.Count > 0)
            {
                yield return batch;
                before = batch[^1];
            }
            at--;
        }
    }

    private async Task<bool> SplitAsync(string owner, Head head, string headETag, int at, Leaf leaf, string etag, CancellationToken cancellationToken)
    {
        // Ids mostly come in order: a full last leaf stays full and the newest id opens the next one.
        var keep = leaf.Until is null ? leaf.Ids.Count - 1 : leaf.Ids.Count / 2;
        var added = new LeafRef(head.NextNumber, leaf.Ids[keep]);
        var leaves = new List<LeafRef>(head.Leaves);
        leaves.Insert(at + 1, added);
        return await CommitAsync(cancellationToken,
            (HeadKey(owner), new Head(leaves, head.NextNumber + 1), headETag),
            (LeafKey(owner, head.Leaves[at].Number), new Leaf(leaf.Ids[..keep], added.First), etag),
            (LeafKey(owner, added.Number), new Leaf(leaf.Ids[keep..], leaf.Until), "")).ConfigureAwait(false);
    }

    private Task<bool> CommitAsync(CancellationToken cancellationToken, params (string Key, object Value, string ETag)[] writes) =>
        dapr.TryExecuteAsync(storeName, [.. writes.Select(w => ConditionalWrites.Upsert(w.Key, w.Value, w.ETag))], cancellationToken);

    private async Task<(Head Head, string ETag)> HeadAsync(string owner, CancellationToken cancellationToken)
    {
        var (head, etag) = await dapr.GetStateAndETagAsync<Head?>(storeName, HeadKey(owner), cancellationToken: cancellationToken).ConfigureAwait(false);
        return (head ?? new Head([], 0), etag);
    }

    private string HeadKey(string owner) => $"index:{name}:{owner}";

    private string LeafKey(string owner, int number) => $"index:{name}:{owner}:{number}";

    private sealed record Head(List<LeafRef> Leaves, int NextNumber)
    {
        /// <summary>The leaf that an id belongs to; what is older than the first leaf belongs to it, too.</summary>
        public int IndexOf(string id) => Math.Max(0, Leaves.FindLastIndex(l => string.CompareOrdinal(l.First, id) <= 0));
    }

    private sealed record LeafRef(int Number, string First);

    /// <summary>Ids in order, all smaller than <see cref="Until"/> (null in the last leaf).</summary>
    private sealed record Leaf(List<string> Ids, string? Until)
    {
        public bool Covers(string id) => Until is null || string.CompareOrdinal(id, Until) < 0;
    }
}
