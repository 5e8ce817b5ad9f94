using System.Globalization;
using Deepiri.Engagement.Leaderboards;

namespace Deepiri.Engagement.Ledger;

/// <summary>Points, and when they became what they are: who got there first stands higher.</summary>
internal sealed record Score(long Xp, DateTimeOffset ReachedAt)
{
    public static Score None { get; } = new(0, DateTimeOffset.UnixEpoch);

    public Score Add(int points, DateTimeOffset at) => points == 0 ? this : new Score(Xp + points, at > ReachedAt ? at : ReachedAt);
}

/// <summary>What the entries of a ledger come to. It depends on nothing else, so it can be made again from them.</summary>
/// <param name="Entries">How many there are.</param>
/// <param name="Total">All points.</param>
/// <param name="Boards">Points by <see cref="BoardKeys"/>; of days, weeks and months the newest two, of seasons the newest four.</param>
/// <param name="TasksCompleted">How many tasks.</param>
/// <param name="SolvedIn">How many challenges, by topic.</param>
/// <param name="ActiveDays">The days with a completed task or a solved challenge, by their <see cref="DateOnly.DayNumber"/>.</param>
/// <param name="Achievements">In the order in which they were unlocked.</param>
/// <param name="Capped">Points of kinds that have a cap, by day (UTC) and kind; the newest <see cref="MostCapped"/>.</param>
internal sealed record Balance(int Entries, Score Total, IReadOnlyDictionary<string, Score> Boards, int TasksCompleted, IReadOnlyDictionary<string, int> SolvedIn, NumberRanges ActiveDays, IReadOnlyList<string> Achievements, IReadOnlyDictionary<string, int> Capped)
{
    /// <summary>A month of all kinds. What is later than that earns nothing, since nobody knows any more what its day had earned.</summary>
    private const int MostCapped = 100;

    public static Balance None { get; } = new(0, Score.None, new Dictionary<string, Score>(), 0, new Dictionary<string, int>(), NumberRanges.None, [], new Dictionary<string, int>());

    public int ChallengesSolved => SolvedIn.Values.Sum();

    public static Balance Of(IEnumerable<LedgerEntry> entries, BoardKeys keys) => entries.Aggregate(None, (balance, entry) => balance.With(entry, keys));

    /// <summary>The points of a kind that were given on the day of a moment.</summary>
    public int CappedOn(EntryKind kind, DateTimeOffset at) => Capped.GetValueOrDefault(CapKey(kind, at));

    /// <summary>Whether it is not known any more what the day of a moment had earned.</summary>
    public bool IsForgotten(DateTimeOffset at) => Capped.Count >= MostCapped && string.CompareOrdinal(DayOf(at), Capped.Keys.Min(StringComparer.Ordinal)) < 0;

    public Balance With(LedgerEntry entry, BoardKeys keys)
    {
        var boards = new Dictionary<string, Score>(Boards);
        foreach (var key in keys.Of(entry))
            boards[key] = boards.GetValueOrDefault(key, Score.None).Add(entry.Points, entry.EarnedAt);
        var isActivity = entry.Kind is EntryKind.Task or EntryKind.Challenge;
        return new Balance(
            Entries + 1,
            Total.Add(entry.Points, entry.EarnedAt),
            BoardKeys.Newest(boards),
            TasksCompleted + (entry.Kind == EntryKind.Task ? 1 : 0),
            entry.Kind == EntryKind.Challenge ? new Dictionary<string, int>(SolvedIn) { [entry.Topic ?? ""] = SolvedIn.GetValueOrDefault(entry.Topic ?? "") + 1 } : SolvedIn,
            isActivity ? ActiveDays.With(entry.Day.DayNumber) : ActiveDays,
            entry.Achievement is { } achievement && !Achievements.Contains(achievement) ? [.. Achievements, achievement] : Achievements,
            entry.Kind != EntryKind.Achievement ? WithCapped(CapKey(entry.Kind, entry.EarnedAt), entry.Points) : Capped);
    }

    private Dictionary<string, int> WithCapped(string key, int points)
    {
        var capped = new Dictionary<string, int>(Capped) { [key] = Capped.GetValueOrDefault(key) + points };
        // Days sort as they follow each other.
        foreach (var old in capped.Keys.OrderDescending(StringComparer.Ordinal).Skip(MostCapped).ToList())
            capped.Remove(old);
        return capped;
    }

    private static string CapKey(EntryKind kind, DateTimeOffset at) => $"{DayOf(at)}:{kind}";

    private static string DayOf(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
