using System.Text.Json.Serialization;
using Deepiri.Engagement.Ledger;
using Deepiri.Engagement.Rules;

namespace Deepiri.Engagement.Streaks;

public enum StreakMode
{
    /// <summary>Every day counts.</summary>
    Daily,

    /// <summary>Saturdays and Sundays are free; being active on one counts nevertheless.</summary>
    Weekdays,

    /// <summary>There are no streaks.</summary>
    Off,
}

/// <summary>Days from one to another, both included.</summary>
public sealed record DayRange(DateOnly From, DateOnly To);

/// <summary>A mode, and the day from which on it is meant.</summary>
public sealed record ModeSince(DateOnly From, StreakMode Mode);

/// <summary>How a user wants streaks to be. What is past stays as it was: nobody mends a streak by wishing afterwards.</summary>
/// <param name="Modes">In the order of their days; daily before the first of them.</param>
/// <param name="Holidays">Days on which they are away: these neither end nor lengthen a streak.</param>
public sealed record StreakPreferences(IReadOnlyList<ModeSince> Modes, IReadOnlyList<DayRange> Holidays)
{
    private const int MostModes = 30;
    private const int MostHolidays = 100;

    public static StreakPreferences Default { get; } = new([], []);

    /// <summary>The mode that the user wants now.</summary>
    [JsonIgnore]
    public StreakMode Mode => Modes.Count == 0 ? StreakMode.Daily : Modes[^1].Mode;

    /// <summary>The preferences with another mode from today on, and other holidays from today on.</summary>
    public StreakPreferences With(StreakMode? mode, IReadOnlyList<DayRange>? holidays, DateOnly today) => new(
        mode is null || mode == Mode ? Modes : [.. Modes.Where(m => m.From < today).TakeLast(MostModes), new ModeSince(today, mode.Value)],
        holidays is null ? Holidays :
        [
            .. Holidays.Where(h => h.From < today).Select(h => h.To < today ? h : h with { To = today.AddDays(-1) }).TakeLast(MostHolidays),
            .. holidays.Where(h => h.To >= today).Select(h => h.From >= today ? h : h with { From = today }),
        ]);

    /// <summary>Whether nothing has to be done on a day.</summary>
    public bool IsFree(DateOnly day) => Holidays.Any(h => h.From <= day && day <= h.To) || (Modes.LastOrDefault(m => m.From <= day)?.Mode ?? StreakMode.Daily) switch
    {
        StreakMode.Daily => false,
        StreakMode.Weekdays => day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday,
        _ => true,
    };
}

/// <summary>Days in a row with something done.</summary>
/// <param name="Days">How many active days.</param>
/// <param name="Freezes">How many days without anything done it can still bear.</param>
/// <param name="Longest">The longest streak there was, this one among them.</param>
internal readonly record struct Streak(int Days, int Freezes, int Longest)
{
    /// <summary>
    /// The streak as it stands on a day. It follows from the active days alone, whatever order they became known in; a day that is
    /// not over cannot end it.
    /// </summary>
    public static Streak Of(NumberRanges active, StreakPreferences preferences, StreakRules rules, DateOnly today)
    {
        var streak = default(Streak);
        if (active.Ranges.Count == 0)
            return streak;
        for (var day = DateOnly.FromDayNumber(active.Ranges[0].From); day <= today; day = day.AddDays(1))
        {
            if (active.Contains(day.DayNumber))
                streak = new Streak(streak.Days + 1, (streak.Days + 1) % rules.DaysPerFreeze == 0 ? Math.Min(streak.Freezes + 1, rules.MostFreezes) : streak.Freezes, Math.Max(streak.Longest, streak.Days + 1));
            else if (day < today && !preferences.IsFree(day))
                streak = streak.Freezes > 0 ? streak with { Freezes = streak.Freezes - 1 } : new Streak(0, 0, streak.Longest);
        }
        return preferences.Mode == StreakMode.Off ? default : streak;
    }
}
