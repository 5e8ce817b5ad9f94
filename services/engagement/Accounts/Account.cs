using Deepiri.Engagement.Ledger;
using Deepiri.Engagement.Streaks;

namespace Deepiri.Engagement.Accounts;

/// <summary>How a user wants the game to treat them.</summary>
/// <param name="TimeZone">Where their days begin and end: an IANA name.</param>
/// <param name="IsPrivate">Whether they stay away from public leaderboards.</param>
/// <param name="MovedAt">When the time zone was changed last.</param>
public sealed record AccountPreferences(string TimeZone, bool IsPrivate, StreakPreferences Streak, DateTimeOffset? MovedAt)
{
    /// <summary>How often the time zone can be changed: by hopping between zones one could have three days in an hour.</summary>
    public static readonly TimeSpan BetweenMoves = TimeSpan.FromDays(1);

    public static AccountPreferences Default { get; } = new("UTC", false, StreakPreferences.Default, null);

    /// <summary>The preferences with what is wanted; what is left out stays. Null when the time zone was changed too short ago.</summary>
    public AccountPreferences? With(PreferencesRequest wanted, DateTimeOffset now)
    {
        var isMove = wanted.TimeZone is not null && wanted.TimeZone != TimeZone;
        if (isMove && MovedAt is { } moved && now - moved < BetweenMoves)
            return null;
        return new AccountPreferences(wanted.TimeZone ?? TimeZone, wanted.PublicBoards is { } isPublic ? !isPublic : IsPrivate, Streak.With(wanted.Streak, wanted.Holidays, DayOf(now)), isMove ? now : MovedAt);
    }

    /// <summary>The user's day at a moment.</summary>
    public DateOnly DayOf(DateTimeOffset at) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, TimeZoneInfo.FindSystemTimeZoneById(TimeZone)).DateTime);
}

/// <summary>What is to be changed in the caller's preferences; what is left out stays as it is.</summary>
/// <param name="TimeZone">Where the caller's days begin and end: an IANA name. It can be changed once a day.</param>
/// <param name="PublicBoards">Whether they appear on public leaderboards.</param>
/// <param name="Streak">Which days count from today on: daily, weekdays or off.</param>
/// <param name="Holidays">Days from today on, on which they are away; in place of those there were from today on.</param>
public sealed record PreferencesRequest(string? TimeZone, bool? PublicBoards, StreakMode? Streak, IReadOnlyList<DayRange>? Holidays);

/// <summary>A user in the game.</summary>
/// <param name="Username">Their name, as far as it is known here yet.</param>
/// <param name="NamedAt">Since when they have that name.</param>
/// <param name="Balance">What they have earned.</param>
/// <param name="Revision">Counts the changes of the account.</param>
internal sealed record Account(string UserId, string? Username, DateTimeOffset NamedAt, Balance Balance, AccountPreferences Preferences, int Revision)
{
    public static Account New(string userId) => new(userId, null, DateTimeOffset.MinValue, Balance.None, AccountPreferences.Default, 0);
}
