using Deepiri.Engagement.Awards;

namespace Deepiri.Engagement.Accounts;

/// <summary>What a user has earned. The awards themselves form a chain from <see cref="LastAward"/> back to the first one: the ledger.</summary>
/// <param name="UserId">The user.</param>
/// <param name="Username">Their name, as far as it is known here yet.</param>
/// <param name="NamedAt">Since when they have that name.</param>
/// <param name="Xp">All points.</param>
/// <param name="XpReachedAt">When the points became what they are: who got there first stands higher.</param>
/// <param name="Daily">Points of the current day, in UTC.</param>
/// <param name="Weekly">Points of the current ISO week, in UTC.</param>
/// <param name="Streak">Days in a row with a completed task or a solved challenge.</param>
/// <param name="LastActive">The last such day.</param>
/// <param name="TasksCompleted">How many tasks.</param>
/// <param name="ChallengesSolved">How many challenges.</param>
/// <param name="Achievements">Achievements, in the order they were unlocked.</param>
/// <param name="LastAward">The newest award's key.</param>
internal sealed record Account(
    string UserId,
    string? Username,
    DateTimeOffset NamedAt,
    long Xp,
    DateTimeOffset XpReachedAt,
    PeriodPoints Daily,
    PeriodPoints Weekly,
    int Streak,
    DateOnly? LastActive,
    int TasksCompleted,
    int ChallengesSolved,
    IReadOnlyList<string> Achievements,
    string? LastAward)
{
    public static Account New(string userId) => new(userId, null, DateTimeOffset.MinValue, 0, DateTimeOffset.UnixEpoch, PeriodPoints.None, PeriodPoints.None, 0, null, 0, 0, [], null);

    public int Level => Levels.Of(Xp);

    /// <summary>The account after an award.</summary>
    public Account With(Earned earned)
    {
        var (points, earnedAt) = (earned.Points, earned.EarnedAt);
        var day = DateOnly.FromDateTime(earnedAt.UtcDateTime);
        var account = this with
        {
            Xp = Xp + points,
            XpReachedAt = earnedAt > XpReachedAt ? earnedAt : XpReachedAt,
            Daily = Daily.Add(Periods.DayOf(earnedAt), points, earnedAt),
            Weekly = Weekly.Add(Periods.WeekOf(earnedAt), points, earnedAt),
            Streak = StreakOn(day),
            LastActive = LastActive > day ? LastActive : day,
            TasksCompleted = TasksCompleted + (earned.IsTask ? 1 : 0),
            ChallengesSolved = ChallengesSolved + (earned.IsTask ? 0 : 1),
            LastAward = earned.AwardId,
        };
        return account with { Achievements = Milestones.Of(account) };
    }

    /// <summary>The streak as it stands on a day: it is over when a whole day has passed without anything done.</summary>
    public int CurrentStreak(DateTimeOffset now) => LastActive is { } last && last.AddDays(1) >= DateOnly.FromDateTime(now.UtcDateTime) ? Streak : 0;

    private int StreakOn(DateOnly day) => LastActive switch
    {
        null => 1,
        // A late event neither breaks nor lengthens a streak.
        { } last when day <= last => Streak,
        { } last when day == last.AddDays(1) => Streak + 1,
        _ => 1,
    };
}

/// <summary>Points of one period, for example the day <c>2026-11-20</c>.</summary>
internal sealed record PeriodPoints(string Period, long Xp, DateTimeOffset ReachedAt)
{
    public static PeriodPoints None { get; } = new("", 0, DateTimeOffset.UnixEpoch);

    /// <summary>A newer period starts at zero; an award of a period that is over does not count any more.</summary>
    public PeriodPoints Add(string period, int points, DateTimeOffset at) => string.CompareOrdinal(period, Period) switch
    {
        > 0 => new PeriodPoints(period, points, at),
        0 => new PeriodPoints(period, Xp + points, at > ReachedAt ? at : ReachedAt),
        _ => this,
    };
}
