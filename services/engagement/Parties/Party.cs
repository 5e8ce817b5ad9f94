using System.Text.Json.Serialization;
using Deepiri.Engagement.Ledger;

namespace Deepiri.Engagement.Parties;

/// <summary>What a quest counts.</summary>
internal enum QuestMetric
{
    /// <summary>XP of tasks and challenges.</summary>
    Xp,
    Tasks,
    Challenges,
}

/// <summary>What a member has added to a quest.</summary>
/// <param name="Counted">The entries of their ledger that were looked at, whatever they came to, so that each counts once.</param>
internal sealed record Contribution(long Amount, NumberRanges Counted)
{
    public static Contribution None { get; } = new(0, NumberRanges.None);
}

/// <summary>A goal that a party has together.</summary>
internal sealed record Quest(string Id, string Title, QuestMetric Metric, long Target, DateTimeOffset Begin, DateTimeOffset End, int XpReward, IReadOnlyDictionary<string, Contribution> Contributions, DateTimeOffset? CompletedAt)
{
    [JsonIgnore]
    public long Progress => Contributions.Values.Sum(c => c.Amount);

    /// <summary>The members who have added something.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Contributors => [.. Contributions.Where(c => c.Value.Amount > 0).Select(c => c.Key)];

    /// <summary>The quest with an entry of a member's ledger; the same one when it is not of its time, or was looked at before.</summary>
    public Quest With(string userId, EntryKind kind, int points, int number, DateTimeOffset at)
    {
        // What earned nothing counts for nothing: beyond the cap of the day a script could go on for ever.
        var amount = points == 0 ? 0 : Metric switch { QuestMetric.Xp when kind != EntryKind.Quest => points, QuestMetric.Tasks when kind == EntryKind.Task => 1, QuestMetric.Challenges when kind == EntryKind.Challenge => 1, _ => 0 };
        var before = Contributions.GetValueOrDefault(userId, Contribution.None);
        if (CompletedAt is not null || at < Begin || at >= End || before.Counted.Contains(number))
            return this;
        var counted = this with { Contributions = new Dictionary<string, Contribution>(Contributions) { [userId] = new(before.Amount + amount, before.Counted.With(number)) } };
        return counted.Progress >= Target ? counted with { CompletedAt = at } : counted;
    }
}

/// <summary>Users with a shared goal.</summary>
/// <param name="Code">Who knows it can join.</param>
/// <param name="Members">In the order in which they joined.</param>
/// <param name="Quest">The newest one.</param>
internal sealed record Party(string Id, string Name, string OwnerId, string Code, IReadOnlyList<string> Members, Quest? Quest);
