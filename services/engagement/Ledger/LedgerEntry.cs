namespace Deepiri.Engagement.Ledger;

/// <summary>What points are given for.</summary>
public enum EntryKind
{
    Task,
    Challenge,
    Quest,
    Achievement,
}

/// <summary>Something that a user has earned points for, before the account has been looked at.</summary>
/// <param name="Id">The cause: it is awarded once.</param>
/// <param name="Points">What it is worth, without the cap of the day.</param>
/// <param name="Reason">In words for the user.</param>
/// <param name="Topic">The topic of a challenge.</param>
public sealed record Earned(string Id, string UserId, EntryKind Kind, int Points, string Reason, string? Topic, string EventId, DateTimeOffset EarnedAt, string? RequestId);

/// <summary>An entry of a user's ledger. It is written once and never changed; all that an account has earned is the sum of its entries.</summary>
/// <param name="Id">The cause.</param>
/// <param name="Number">Its place in the user's ledger, from 1.</param>
/// <param name="Points">What was given.</param>
/// <param name="Worth">What it was worth; more than was given when the cap of the day was reached.</param>
/// <param name="EventId">The event that told of the cause.</param>
/// <param name="EarnedAt">When it happened, which may be before entries of a lower number.</param>
/// <param name="Day">The day that this was for the user, in their time zone.</param>
/// <param name="RulesVersion">The version of the rules that it was made by.</param>
/// <param name="Season">The season that it was in by those rules.</param>
/// <param name="Achievement">The achievement that was unlocked, for an entry of that kind.</param>
internal sealed record LedgerEntry(string Id, string UserId, int Number, EntryKind Kind, int Points, int Worth, string Reason, string? Topic, string EventId, DateTimeOffset EarnedAt, DateOnly Day, int RulesVersion, string Season, string? Achievement = null);
