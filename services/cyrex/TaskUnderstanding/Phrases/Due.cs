using System.Globalization;
using System.Text.RegularExpressions;

namespace Deepiri.Cyrex.TaskUnderstanding.Phrases;

/// <summary>When something is due: <c>by Friday 5pm</c>, <c>in 2 hours</c>, <c>tomorrow morning</c>, <c>Dec 24th at noon</c>, <c>2026-12-24</c>, <c>end of the month</c>.</summary>
internal static partial class Due
{
    private const string Before = @"(?:\b(?:due|by|on|before|until|till|til|for|from)\s{1,3}){0,3}";
    private const string Month = "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?";
    private const string Weekday = "mon(?:day)?|tue(?:s(?:day)?)?|wed(?:nesday)?|thu(?:rs(?:day)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?";

    /// <summary>Without a time of day, a day ends a minute before midnight.</summary>
    private static readonly TimeOnly s_endOfDay = new(23, 59);

    /// <summary>The moment and how sure it is; null when the text has none.</summary>
    public static Sure<DateTimeOffset>? Take(Sentence sentence, LocalTime local)
    {
        if (sentence.Take(In(), "due", m => Later(m, local)) is { } later)
            return later;
        var day = TakeDay(sentence, local);
        var time = TakeTime(sentence);
        if (day is null && time is null)
            return null;
        var at = time?.Value ?? s_endOfDay;
        var date = day?.Value ?? local.Today;
        var due = date.ToDateTime(at);
        // A time that has passed today is meant for tomorrow, when no day was named.
        if (day is null && due <= local.Now)
            due = due.AddDays(1);
        var confidence = (day?.Confidence ?? 0.85) * (time?.Confidence ?? 0.9) * (due < local.Now ? 0.4 : 1);
        return new Sure<DateTimeOffset>(local.At(due), Math.Round(confidence, 2));
    }

    private static Sure<DateOnly>? TakeDay(Sentence sentence, LocalTime local)
    {
        var today = local.Today;
        return sentence.Take(Iso(), "due", m => Date(Int(m, 1), Int(m, 2), Int(m, 3), 0.99))
            ?? sentence.Take(Dotted(), "due", m => m.Groups[3].Success ? Date(Year(m, 3), Int(m, 2), Int(m, 1), 0.97) : Next(today, Int(m, 2), Int(m, 1), 0.93))
            ?? sentence.Take(Slashed(), "due", m => SlashedDate(m, today))
            ?? sentence.Take(DayMonth(), "due", m => m.Groups[3].Success ? Date(Year(m, 3), MonthOf(m.Groups[2].Value), Int(m, 1), 0.98) : Next(today, MonthOf(m.Groups[2].Value), Int(m, 1), 0.95))
            ?? sentence.Take(MonthDay(), "due", m => m.Groups[3].Success ? Date(Year(m, 3), MonthOf(m.Groups[1].Value), Int(m, 2), 0.98) : Next(today, MonthOf(m.Groups[1].Value), Int(m, 2), 0.95))
            ?? sentence.Take(Words(), "due", m => Named(m.Groups[1].Value.ToLowerInvariant(), today))
            ?? sentence.Take(OnWeekday(), "due", m => OnDay(m, today))
            ?? sentence.Take(DayOfMonth(), "due", m => NextDay(today, Int(m, 1)));
    }

    private static Sure<TimeOnly>? TakeTime(Sentence sentence) =>
        sentence.Take(Twelve(), "due", m => Int(m, 1) is >= 1 and <= 12 and var hour && MinuteOf(m) is { } minute ? Time(hour % 12 + (m.Groups[3].Value[0] is 'p' or 'P' ? 12 : 0), minute, 0.98) : null)
        ?? sentence.Take(TwentyFour(), "due", m => Time(Int(m, 1), Int(m, 2), 0.97))
        ?? sentence.Take(TimeWords(), "due", m => m.Groups[1].Value.ToLowerInvariant() switch
        {
            "noon" or "midday" or "lunch" => Time(12, 0, 0.95),
            "midnight" => Time(23, 59, 0.9),
            "eod" or "end of day" or "end of business" or "close of business" or "cob" => Time(17, 0, 0.8),
            "morning" => Time(9, 0, 0.75),
            "afternoon" => Time(15, 0, 0.75),
            _ => Time(19, 0, 0.75),
        })
        // 'at 5' without more is meant for the time when people are awake.
        ?? sentence.Take(AtHour(), "due", m => Int(m, 1) is >= 0 and <= 23 and var hour ? Time(hour is >= 1 and <= 7 ? hour + 12 : hour, 0, 0.7) : null);

    private static Sure<DateTimeOffset>? Later(Match m, LocalTime local)
    {
        var count = m.Groups[1].Value.ToLowerInvariant() switch { "a" or "an" => 1, "half an" => 0.5, "a couple of" => 2, var digits => double.Parse(digits.Replace(',', '.'), CultureInfo.InvariantCulture) };
        var unit = char.ToLowerInvariant(m.Groups[2].Value[0]);
        var isMonth = m.Groups[2].Value.StartsWith("mo", StringComparison.OrdinalIgnoreCase);
        if (count is 0 or > 1000 || (unit is 'd' or 'w' or 'y' || isMonth) && count != Math.Floor(count))
            return null;
        return unit switch
        {
            'h' => new(local.In(TimeSpan.FromHours(count)), 0.95),
            'd' => new(local.At(local.Today.AddDays((int)count).ToDateTime(s_endOfDay)), 0.9),
            'w' => new(local.At(local.Today.AddDays((int)count * 7).ToDateTime(s_endOfDay)), 0.9),
            'y' => count > 50 ? null : new(local.At(local.Today.AddYears((int)count).ToDateTime(s_endOfDay)), 0.9),
            _ when isMonth => count > 600 ? null : new(local.At(local.Today.AddMonths((int)count).ToDateTime(s_endOfDay)), 0.9),
            _ => new(local.In(TimeSpan.FromMinutes(count)), 0.95),
        };
    }

    private static Sure<DateOnly>? Named(string words, DateOnly today)
    {
        var word = Spaces().Replace(words, " ").Replace("the ", "");
        return word switch
        {
            "today" or "tonight" => new(today, 0.98),
            "tomorrow" or "tmr" or "tmrw" => new(today.AddDays(1), 0.98),
            "day after tomorrow" => new(today.AddDays(2), 0.97),
            "yesterday" => new(today.AddDays(-1), 0.9),
            "next week" => new(today.AddDays(7 - Since(today, DayOfWeek.Monday)), 0.7),
            "next month" => new(new DateOnly(today.Year, today.Month, 1).AddMonths(1), 0.7),
            "this weekend" or "weekend" => new(today.AddDays(Until(today, DayOfWeek.Saturday)), 0.75),
            "end of week" or "eow" or "this week" => new(today.AddDays(Until(today, DayOfWeek.Friday)), 0.75),
            "end of month" or "eom" or "this month" => new(new DateOnly(today.Year, today.Month, 1).AddMonths(1).AddDays(-1), 0.85),
            _ => new(new DateOnly(today.Year, 12, 31), 0.85),
        };
    }

    private static Sure<DateOnly>? OnDay(Match m, DateOnly today)
    {
        // Short names that are words themselves mean a day only where a preposition says so.
        if (m.Groups[2].Index == m.Index && m.Groups[2].Value.ToLowerInvariant() is "sun" or "sat" or "wed")
            return null;
        var day = Enum.GetValues<DayOfWeek>().First(d => d.ToString().StartsWith(m.Groups[2].Value[..3], StringComparison.OrdinalIgnoreCase));
        // 'next Friday' is the one of the next week, which begins on Monday.
        if (m.Groups[1].Value.Equals("next", StringComparison.OrdinalIgnoreCase))
            return new Sure<DateOnly>(today.AddDays(7 - Since(today, DayOfWeek.Monday) + ((int)day + 6) % 7), 0.85);
        var days = Until(today, day);
        return new Sure<DateOnly>(today.AddDays(days == 0 && m.Groups[1].Length == 0 ? 7 : days), 0.95);
    }

    private static Sure<DateOnly>? SlashedDate(Match m, DateOnly today)
    {
        var (a, b) = (Int(m, 1), Int(m, 2));
        // Month first, as most who write dates with slashes do, unless only the other order is a date.
        var (month, day, confidence) = a > 12 ? (b, a, 0.95) : (a, b, b > 12 ? 0.95 : 0.6);
        return m.Groups[3].Success ? Date(Year(m, 3), month, day, confidence) : Next(today, month, day, confidence);
    }

    /// <summary>That day of the year, this year or next.</summary>
    private static Sure<DateOnly>? Next(DateOnly today, int month, int day, double confidence) =>
        Date(today.Year, month, day, confidence) is { } thisYear && thisYear.Value >= today ? thisYear : Date(today.Year + 1, month, day, confidence) ?? Date(today.Year, month, day, confidence);

    /// <summary>That day of this month, or of the first after it that has it.</summary>
    private static Sure<DateOnly>? NextDay(DateOnly today, int day)
    {
        for (var month = new DateOnly(today.Year, today.Month, 1); month < today.AddMonths(3); month = month.AddMonths(1))
        {
            if (Date(month.Year, month.Month, day, 0.8) is { } date && date.Value >= today)
                return date;
        }
        return null;
    }

    private static Sure<DateOnly>? Date(int year, int month, int day, double confidence) =>
        year is >= 1900 and <= 9000 && month is >= 1 and <= 12 && day >= 1 && day <= DateTime.DaysInMonth(year, month) ? new(new DateOnly(year, month, day), confidence) : null;

    private static Sure<TimeOnly>? Time(int hour, int minute, double confidence) => hour is >= 0 and <= 23 && minute is >= 0 and <= 59 ? new(new TimeOnly(hour, minute), confidence) : null;

    private static int? MinuteOf(Match m) => !m.Groups[2].Success ? 0 : Int(m, 2) is var minute and <= 59 ? minute : null;

    private static int Until(DateOnly today, DayOfWeek day) => ((int)day - (int)today.DayOfWeek + 7) % 7;

    private static int Since(DateOnly today, DayOfWeek day) => ((int)today.DayOfWeek - (int)day + 7) % 7;

    private static int MonthOf(string name) => 1 + Array.FindIndex(CultureInfo.InvariantCulture.DateTimeFormat.AbbreviatedMonthNames, n => n.Equals(name[..3], StringComparison.OrdinalIgnoreCase));

    private static int Int(Match m, int group) => int.Parse(m.Groups[group].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);

    private static int Year(Match m, int group) => Int(m, group) is var year and < 100 ? 2000 + year : Int(m, group);

    [GeneratedRegex(@"\bin\s+(a couple of|half an|an?|[0-9]{1,4}(?:[.,][0-9])?)\s+(min(?:ute)?s?|h(?:ou)?rs?|hour|days?|weeks?|months?|years?)\b", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex In();

    [GeneratedRegex(Before + @"\b([0-9]{4})-([0-9]{2})-([0-9]{2})\b", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Iso();

    [GeneratedRegex(Before + @"\b([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4}|[0-9]{2})?(?![0-9])", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Dotted();

    [GeneratedRegex(Before + @"(?<![\w/])([0-9]{1,2})/([0-9]{1,2})(?:/([0-9]{4}|[0-9]{2}))?(?![\w/])", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Slashed();

    [GeneratedRegex(Before + @"(?:the\s+)?\b([0-9]{1,2})(?:st|nd|rd|th)?\.?\s+(?:of\s+)?(" + Month + @")\b\.?(?:,?\s+([0-9]{4})\b)?", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex DayMonth();

    [GeneratedRegex(Before + @"\b(" + Month + @")\.?\s+([0-9]{1,2})(?:st|nd|rd|th)?\b(?!:)(?:,?\s+([0-9]{4})\b)?", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex MonthDay();

    [GeneratedRegex(Before + @"\b(today|tonight|tomorrow|tmrw?|(?:the\s+)?day\s+after\s+tomorrow|yesterday|next\s+week|next\s+month|(?:this\s+|the\s+)?weekend|(?:the\s+)?end\s+of\s+(?:the\s+)?(?:week|month|year)|eow|eom|eoy|this\s+week|this\s+month)\b", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Words();

    [GeneratedRegex(@"(?<!\b(?:every|each)\s+)" + Before + @"\b(?:(next|this|coming)\s+)?(" + Weekday + @")\b(?!\s*'s\b)", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex OnWeekday();

    [GeneratedRegex(@"\b(?:by|on|before|until|till|due)\s+the\s+([0-9]{1,2})(?:st|nd|rd|th)\b", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex DayOfMonth();

    [GeneratedRegex(@"(?:\b(?:at|by|before|until|till|from)\s+)?\b([0-9]{1,2})(?:[:.]([0-9]{2}))?\s?([ap])\.?m\b\.?", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex Twelve();

    [GeneratedRegex(@"(?:\b(?:at|by|before|until|till|from)\s+)?(?<![0-9:.])([01]?[0-9]|2[0-3]):([0-5][0-9])(?![0-9:])", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex TwentyFour();

    [GeneratedRegex(@"\b(?:at\s+|by\s+|before\s+|until\s+|in\s+)?(?:the\s+)?(noon|midday|midnight|eod|cob|end\s+of\s+day|end\s+of\s+business|close\s+of\s+business|(?<=(?:before|at|by)\s+)lunch|(?<=(?:in|this|today|tomorrow|day|\uE000)\s*(?:the\s+)?)(?:morning|afternoon|evening))\b", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex TimeWords();

    [GeneratedRegex(@"\bat\s+([0-9]{1,2})\b(?![\w.,:%/$€£-])", RegexOptions.IgnoreCase, 1000)]
    private static partial Regex AtHour();

    [GeneratedRegex(@"\s+", RegexOptions.NonBacktracking)]
    private static partial Regex Spaces();
}
