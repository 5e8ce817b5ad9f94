using Deepiri.Engagement.Ledger;
using Deepiri.Engagement.Streaks;

namespace Deepiri.Engagement.Accounts;

/// <summary>How a user wants the game to treat them.</summary>
/// <param name="TimeZone">Where their days begin and end: an IANA name.</param>
/// <param name="IsPrivate">Whether they stay away from public leaderboards.</param>
internal sealed record AccountPreferences(string TimeZone, bool IsPrivate, StreakPreferences Streak)
{
    public static AccountPreferences Default { get; } = new("UTC", false, StreakPreferences.Default);

    /// <summary>The user's day at a moment.</summary>
    public DateOnly DayOf(DateTimeOffset at) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, TimeZoneInfo.FindSystemTimeZoneById(TimeZone)).DateTime);
}

/// <summary>A user in the game.</summary>
/// <param name="Username">Their name, as far as it is known here yet.</param>
/// <param name="NamedAt">Since when they have that name.</param>
/// <param name="Balance">What they have earned.</param>
/// <param name="Revision">Counts the changes of the account.</param>
internal sealed record Account(string UserId, string? Username, DateTimeOffset NamedAt, Balance Balance, AccountPreferences Preferences, int Revision)
{
    public static Account New(string userId) => new(userId, null, DateTimeOffset.MinValue, Balance.None, AccountPreferences.Default, 0);
}
