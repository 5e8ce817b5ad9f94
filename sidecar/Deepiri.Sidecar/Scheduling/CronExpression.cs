using System.Globalization;

namespace Deepiri.Sidecar.Scheduling;

/// <summary>
/// Times as cron writes them, with seconds: <c>second minute hour day-of-month month day-of-week</c>, or one of <c>@yearly</c>,
/// <c>@monthly</c>, <c>@weekly</c>, <c>@daily</c>, <c>@hourly</c>. In UTC, or in the zone that <c>TZ=Europe/Berlin</c> or <c>CRON_TZ=</c> before it names.
/// </summary>
internal sealed class CronExpression
{
    private static readonly string[] s_months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    private static readonly string[] s_days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    private static readonly TimeSpan s_horizon = TimeSpan.FromDays(366 * 8);

    private readonly bool[] _seconds;
    private readonly bool[] _minutes;
    private readonly bool[] _hours;
    private readonly bool[] _daysOfMonth;
    private readonly bool[] _months;
    private readonly bool[] _daysOfWeek;
    private readonly bool _isAnyDayOfMonth;
    private readonly bool _isAnyDayOfWeek;
    private readonly TimeZoneInfo _zone;
    private readonly TimeSpan[] _offsets;

    private CronExpression(string[] fields, TimeZoneInfo zone)
    {
        _zone = zone;
        _offsets = [.. zone.GetAdjustmentRules().SelectMany(r => new[] { r.BaseUtcOffsetDelta, r.BaseUtcOffsetDelta + r.DaylightDelta }).Append(TimeSpan.Zero).Select(d => zone.BaseUtcOffset + d).Distinct()];
        _seconds = Field(fields[0], 0, 59, "second");
        _minutes = Field(fields[1], 0, 59, "minute");
        _hours = Field(fields[2], 0, 23, "hour");
        _daysOfMonth = Field(fields[3], 1, 31, "day of month");
        _months = Field(fields[4], 1, 12, "month", s_months);
        _daysOfWeek = Field(fields[5], 0, 7, "day of week", s_days);
        _daysOfWeek[0] |= _daysOfWeek[7];
        _isAnyDayOfMonth = IsAny(fields[3]);
        _isAnyDayOfWeek = IsAny(fields[5]);
    }

    /// <exception cref="FormatException">The text is no cron expression, with what is wrong.</exception>
    public static CronExpression Parse(string text)
    {
        var (zone, schedule) = SplitZone(text);
        var full = schedule switch
        {
            "@yearly" or "@annually" => "0 0 0 1 1 *",
            "@monthly" => "0 0 0 1 * *",
            "@weekly" => "0 0 0 * * 0",
            "@daily" or "@midnight" => "0 0 0 * * *",
            "@hourly" => "0 0 * * * *",
            _ => schedule,
        };
        var fields = full.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length == 6 ? new CronExpression(fields, zone) : throw new FormatException($"a cron expression has six fields, from seconds to the day of the week; '{schedule}' has {fields.Length}");
    }

    /// <summary>The zone that stands before a schedule, UTC by default, and the schedule.</summary>
    /// <exception cref="FormatException">There is no such zone.</exception>
    public static (TimeZoneInfo Zone, string Schedule) SplitZone(string text)
    {
        foreach (var prefix in (string[])["CRON_TZ=", "TZ="])
        {
            if (!text.StartsWith(prefix, StringComparison.Ordinal) || text.IndexOf(' ') is not (> 0 and var space))
                continue;
            var name = text[prefix.Length..space];
            return TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? (zone, text[space..].Trim()) : throw new FormatException($"unknown time zone {name}");
        }
        return (TimeZoneInfo.Utc, text);
    }

    /// <summary>The first time after another; null when there is none, as on February 30.</summary>
    public DateTimeOffset? After(DateTimeOffset time)
    {
        DateTimeOffset? first = null;
        // The offset of now finds a time soon, which bounds the search under the others.
        foreach (var offset in _offsets.OrderByDescending(o => o == _zone.GetUtcOffset(time)))
            first = After(time, offset, first) ?? first;
        return first;
    }

    /// <summary>The first time whose clock shows this offset then; null when there is none before another.</summary>
    private DateTimeOffset? After(DateTimeOffset time, TimeSpan offset, DateTimeOffset? before)
    {
        for (var at = time; NextOnTheClock(at.ToOffset(offset).DateTime) is { } wall;)
        {
            at = new DateTimeOffset(wall, offset).ToUniversalTime();
            if (at >= before)
                return null;
            // A time of the hour that a change to summer time leaves out comes an hour later; one of the hour that comes twice, twice.
            if (_zone.GetUtcOffset(at) == offset || (offset == _zone.BaseUtcOffset && _zone.IsInvalidTime(wall)))
                return at;
        }
        return null;
    }

    private DateTime? NextOnTheClock(DateTime time)
    {
        var next = new DateTime(time.Year, time.Month, time.Day, time.Hour, time.Minute, time.Second).AddSeconds(1);
        var end = next + s_horizon;
        while (next < end)
        {
            if (!_months[next.Month])
                next = new DateTime(next.Year, next.Month, 1).AddMonths(1);
            else if (!IsDay(next))
                next = next.Date.AddDays(1);
            else if (!_hours[next.Hour])
                next = next.Date.AddHours(next.Hour + 1);
            else if (!_minutes[next.Minute])
                next = next.Date.AddHours(next.Hour).AddMinutes(next.Minute + 1);
            else if (!_seconds[next.Second])
                next = next.AddSeconds(1);
            else
                return next;
        }
        return null;
    }

    /// <summary>As cron has it: where both days are named, either will do.</summary>
    private bool IsDay(DateTime time)
    {
        var (ofMonth, ofWeek) = (_daysOfMonth[time.Day], _daysOfWeek[(int)time.DayOfWeek]);
        return _isAnyDayOfMonth || _isAnyDayOfWeek ? ofMonth && ofWeek : ofMonth || ofWeek;
    }

    /// <summary>A star leaves the other field to decide; one with a step names days, as in robfig/cron, which Dapr builds on.</summary>
    private static bool IsAny(string field) => field.Split(',').Any(part => part is "*" or "?" or "*/1" or "?/1");

    /// <summary>Reads lists of values, ranges and steps: <c>1,5-10,*/15</c>.</summary>
    private static bool[] Field(string text, int least, int most, string name, string[]? words = null)
    {
        var values = new bool[most + 1];
        foreach (var part in text.Split(','))
        {
            var (range, step) = part.Split('/') switch
            {
                [var r] => (r, 1),
                [var r, var s] when int.TryParse(s, NumberStyles.None, CultureInfo.InvariantCulture, out var n) && n > 0 => (r, n),
                _ => throw Bad(),
            };
            var (from, to) = range switch
            {
                "*" or "?" => (least, most),
                _ when range.Split('-') is [var a, var b] => (Value(a), Value(b)),
                _ => (Value(range), part.Contains('/') ? most : Value(range)),
            };
            if (from > to)
                throw Bad();
            for (var i = from; i <= to; i += step)
                values[i] = true;
        }
        return values;

        int Value(string word)
        {
            var named = words is null ? -1 : Array.IndexOf(words, word.ToLowerInvariant());
            if (named >= 0)
                return named + (least == 1 ? 1 : 0);
            return int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number : throw Bad();
        }

        FormatException Bad() => new($"'{text}' is no {name} of a cron expression: it takes values from {least} to {most}, ranges and steps");
    }
}
