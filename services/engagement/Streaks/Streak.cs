using Deepiri.Engagement.Ledger;
using Deepiri.Engagement.Rules;

namespace Deepiri.Engagement.Streaks;

internal enum StreakMode
{
    /// <summary>Every day counts.</summary>
    Daily,

    /// <summary>Saturdays and Sundays are free; being active on one counts nevertheless.</summary>
    Weekdays,

    /// <summary>There are no streaks.</summary>
    Off,
}

/// <summary>Days from one to another, both included.</summary>
internal sealed record DayRange(DateOnly From, DateOnly To);

/// <summary>How a user wants streaks to be.</summary>
/// <param name="Holidays">Days on which they are away: these neither end nor lengthen a streak.</param>
internal sealed record StreakPreferences(StreakMode Mode, IReadOnlyList<DayRange> Holidays)
{
    public static StreakPreferences Default { get; } = new(StreakMode.Daily, []);
}

/// <summary>Days in a row with something done.</summary>
/// <param name="Days">How many active days.</param>
/// <param name="Freezes">How many days without anything done it can still bear.</param>
internal readonly record struct Streak(int Days, int Freezes)
{
    /// <summary>
    /// The streak as it stands on a day. It follows from the active days alone, whatever order they became known in; a day that is
    /// not over cannot end it.
    /// </summary>
    public static Streak Of(NumberRanges active, StreakPreferences preferences, StreakRules rules, DateOnly today)
    {
        var streak = new Streak(0, 0);
        if (preferences.Mode == StreakMode.Off || active.Ranges.Count == 0)
            return streak;
        for (var day = DateOnly.FromDayNumber(active.Ranges[0].From); day <= today; day = day.AddDays(1))
        {
            if (active.Contains(day.DayNumber))
                streak = new Streak(streak.Days + 1, (streak.Days + 1) % rules.DaysPerFreeze == 0 ? Math.Min(streak.Freezes + 1, rules.MostFreezes) : streak.Freezes);
            else if (day < today && !IsFree(day, preferences))
                streak = streak.Freezes > 0 ? streak with { Freezes = streak.Freezes - 1 } : default;
        }
        return streak;
    }

    private static bool IsFree(DateOnly day, StreakPreferences preferences) =>
        (preferences.Mode == StreakMode.Weekdays && day.DayOfWeek is (DayOfWeek.Saturday or DayOfWeek.Sunday))
        || preferences.Holidays.Any(h => h.From <= day && day <= h.To);
}
