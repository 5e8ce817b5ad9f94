using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml;
using Deepiri.Sidecar.Resources;

namespace Deepiri.Sidecar.Scheduling;

/// <summary>When something is due: first at a time, then perhaps again and again, for a number of times or until it expires.</summary>
/// <param name="First">The first time.</param>
/// <param name="Period">From one time to the next; null for once only.</param>
/// <param name="Repeats">How often in all; null for no limit.</param>
/// <param name="Expires">From then on not any more; null for never.</param>
/// <param name="Cron">The times, where they are no periods.</param>
internal sealed partial record Schedule(DateTimeOffset First, TimeSpan? Period, int? Repeats, DateTimeOffset? Expires, string? Cron = null)
{
    /// <summary>Reads the times of an actor's reminder or timer: Go durations, ISO 8601 (<c>R5/PT10S</c>) or RFC 3339.</summary>
    /// <param name="dueTime">When it is empty, at once.</param>
    /// <param name="period">Empty for once.</param>
    /// <param name="ttl">Counts from now, or is a point in time; empty for none.</param>
    /// <param name="now">The time.</param>
    /// <exception cref="FormatException">One of them is none of these, with a message that names it.</exception>
    public static Schedule Parse(string? dueTime, string? period, string? ttl, DateTimeOffset now)
    {
        var first = string.IsNullOrEmpty(dueTime) ? now : PointInTime(dueTime, now) ?? throw new FormatException($"unsupported duration/datetime format {dueTime}");
        DateTimeOffset? expires = string.IsNullOrEmpty(ttl) ? null : PointInTime(ttl, now) ?? throw new FormatException($"unsupported duration/datetime format {ttl}");
        if (expires <= now || expires <= first)
            throw new FormatException($"ttl {ttl} has already expired or expires before the first due time");
        var (every, repeats) = string.IsNullOrEmpty(period) ? (null, null) : Repetition(period);
        return new Schedule(first, every, repeats, expires);
    }

    /// <summary>Reads the times of a job: a cron expression or <c>@every</c> and a duration, both beginning at <paramref name="dueTime"/> where there is one.</summary>
    /// <exception cref="FormatException">One of them is not valid, with a message that names it.</exception>
    public static Schedule ParseJob(string? schedule, string? dueTime, int? repeats, string? ttl, DateTimeOffset now)
    {
        var once = Parse(dueTime, null, ttl, now);
        if (string.IsNullOrEmpty(schedule))
            return once with { Repeats = repeats };
        if (schedule.StartsWith("@every ", StringComparison.Ordinal))
        {
            if (Repetition(schedule).Period is not { } every)
                throw new FormatException($"the schedule '{schedule}' has no time between one run and the next");
            return once with { First = string.IsNullOrEmpty(dueTime) ? now + every : once.First, Period = every, Repeats = repeats };
        }
        var first = CronExpression.Parse(schedule).After(string.IsNullOrEmpty(dueTime) ? now : once.First.AddSeconds(-1)) ?? throw new FormatException($"the schedule '{schedule}' names no time that ever comes");
        return once with { First = first, Cron = schedule, Repeats = repeats };
    }

    /// <summary>The time after one that has passed: at its place in the row, not before now; null when there is none.</summary>
    public DateTimeOffset? After(DateTimeOffset due, DateTimeOffset now)
    {
        if (Cron is not null)
            return CronExpression.Parse(Cron).After(due > now ? due : now) is { } time && !(time >= Expires) ? time : null;
        if (Period is not { } period)
            return null;
        var next = due + period;
        // What was missed while nobody was there is made up for once, not one by one.
        if (next <= now && period > TimeSpan.Zero)
            next = due + (period * Math.Ceiling((now - due) / period));
        return Expires is { } expires && next >= expires ? null : next;
    }

    /// <summary>As dapr/kit reads it: a Go duration, one of ISO 8601, or a time by RFC 3339, and nothing else.</summary>
    private static DateTimeOffset? PointInTime(string text, DateTimeOffset now)
    {
        if (CalendarDuration().Match(text) is { Success: true, Groups: var parts })
            return AddTo(now, parts);
        if (Duration(text) is { } duration)
            return now + duration;
        return Rfc3339().IsMatch(text) && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time.ToUniversalTime() : null;
    }

    /// <summary>Null past the end of the calendar.</summary>
    private static DateTimeOffset? AddTo(DateTimeOffset now, GroupCollection parts)
    {
        try
        {
            int Number(string name) => parts[name].Length > 0 ? int.Parse(parts[name].Value, CultureInfo.InvariantCulture) : 0;
            // As Go does: the 31st of a month that has none is a day of the next.
            var day = new DateTimeOffset(now.Year, now.Month, 1, 0, 0, 0, now.Offset).AddYears(Number("years")).AddMonths(Number("months")).AddDays(now.Day - 1 + (7 * Number("weeks")) + Number("days"));
            return day + now.TimeOfDay + (parts["time"].Length > 0 ? XmlConvert.ToTimeSpan("P" + parts["time"].Value) : TimeSpan.Zero);
        }
        catch (ArgumentOutOfRangeException)
        {
            return null;
        }
    }

    private static (TimeSpan? Period, int? Repeats) Repetition(string text)
    {
        var repeats = RepeatPrefix().Match(text);
        var rest = repeats.Success ? text[repeats.Length..] : text.StartsWith("@every ", StringComparison.Ordinal) ? text["@every ".Length..] : text;
        int? count = repeats is { Success: true, Groups: [_, { Length: > 0 } number] } ? int.Parse(number.Value, CultureInfo.InvariantCulture) : null;
        if (repeats.Success && rest.Length == 0)
            return (TimeSpan.Zero, count);
        var period = Duration(rest) ?? throw new FormatException($"unsupported duration/datetime format {text}");
        return period == TimeSpan.Zero && !repeats.Success ? (null, null) : (period, count);
    }

    private static TimeSpan? Duration(string text)
    {
        if (Iso8601().IsMatch(text))
            return XmlConvert.ToTimeSpan(text);
        return char.IsAsciiDigit(text[0]) && (text == "0" || char.IsAsciiLetter(text[^1])) && !text.Contains('-') && !text.Contains(':') && GoDuration.TryParse(text, out var duration) ? duration : null;
    }

    /// <summary>Without years and months, whose length depends on where they begin: Dapr's scheduler refuses them too.</summary>
    [GeneratedRegex(@"^P(?=.)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?$")]
    private static partial Regex Iso8601();

    [GeneratedRegex(@"^P(?=.)((?<years>\d{1,4})Y)?((?<months>\d{1,4})M)?((?<weeks>\d{1,4})W)?((?<days>\d{1,6})D)?(?<time>T(?=\d)(\d{1,6}H)?(\d{1,6}M)?(\d{1,6}(\.\d+)?S)?)?$")]
    private static partial Regex CalendarDuration();

    [GeneratedRegex(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")]
    private static partial Regex Rfc3339();

    [GeneratedRegex(@"^R(\d{1,9})?/?")]
    private static partial Regex RepeatPrefix();
}
