using System.Globalization;
using Deepiri.TaskOrchestrator.Recurrence;
using Ical.Net;
using Ical.Net.DataTypes;
using FsCheck;
using FsCheck.Fluent;

namespace Deepiri.UnitTests;

public sealed class RecurrenceTests
{
    private const string NewYork = "America/New_York";

    /// <summary>Examples of RFC 5545, section 3.8.5.3, and what it says of them; the start is 1997-09-02 09:00 in New York.</summary>
    [Theory]
    [InlineData("FREQ=DAILY;COUNT=3", "1997-09-02 1997-09-03 1997-09-04")]
    [InlineData("FREQ=DAILY;INTERVAL=10;COUNT=5", "1997-09-02 1997-09-12 1997-09-22 1997-10-02 1997-10-12")]
    [InlineData("FREQ=WEEKLY;COUNT=3", "1997-09-02 1997-09-09 1997-09-16")]
    [InlineData("FREQ=WEEKLY;INTERVAL=2;WKST=SU;COUNT=4", "1997-09-02 1997-09-16 1997-09-30 1997-10-14")]
    [InlineData("FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH", "1997-09-02 1997-09-04 1997-09-09 1997-09-11 1997-09-16 1997-09-18 1997-09-23 1997-09-25 1997-09-30 1997-10-02")]
    [InlineData("FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH", "1997-09-02 1997-09-04 1997-09-16 1997-09-18 1997-09-30 1997-10-02 1997-10-14 1997-10-16")]
    [InlineData("FREQ=MONTHLY;COUNT=3;BYMONTHDAY=2,15", "1997-09-02 1997-09-15 1997-10-02")]
    [InlineData("FREQ=MONTHLY;COUNT=4;BYMONTHDAY=1,-1", "1997-09-02 1997-09-30 1997-10-01 1997-10-31")]
    [InlineData("FREQ=MONTHLY;BYDAY=TU;INTERVAL=2;COUNT=6", "1997-09-02 1997-09-09 1997-09-16 1997-09-23 1997-09-30 1997-11-04")]
    [InlineData("FREQ=MONTHLY;BYDAY=-2MO;COUNT=3", "1997-09-02 1997-09-22 1997-10-20")]
    [InlineData("FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "1997-09-02 1997-09-04 1997-10-07")]
    [InlineData("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=4", "1997-09-02 1997-09-30 1997-10-31 1997-11-28")]
    [InlineData("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=4", "1997-09-02 1998-02-13 1998-03-13 1998-11-13")]
    [InlineData("FREQ=YEARLY;COUNT=3;BYMONTH=6,7", "1997-09-02 1998-06-02 1998-07-02")]
    [InlineData("FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;COUNT=2", "1997-09-02 1997-11-04")]
    [InlineData("FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR;COUNT=5", "1997-09-02 1997-09-03 1997-09-04 1997-09-05 1997-09-08")]
    [InlineData("RRULE:FREQ=DAILY;UNTIL=19970904", "1997-09-02 1997-09-03 1997-09-04")]
    [InlineData("freq=daily;count=3;", "1997-09-02 1997-09-03 1997-09-04")]
    [InlineData("FREQ=WEEKLY;COUNT=3;BYDAY=TU, WE", "1997-09-02 1997-09-03 1997-09-09")]
    [InlineData("FREQ=YEARLY;INTERVAL=3;COUNT=4;BYYEARDAY=1,100,200", "1997-09-02 2000-01-01 2000-04-09 2000-07-18")]
    [InlineData("FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;COUNT=4", "1997-09-02 1998-05-11 1999-05-17 2000-05-15")]
    [InlineData("FREQ=YEARLY;BYDAY=20MO;COUNT=4", "1997-09-02 1998-05-18 1999-05-17 2000-05-15")]
    [InlineData("FREQ=YEARLY;BYDAY=TH;BYMONTH=6;COUNT=3", "1997-09-02 1998-06-04 1998-06-11")]
    public void The_examples_of_the_standard_come_out(string rule, string days) =>
        Assert.Equal(days.Split(' '), Days(rule, "1997-09-02 09:00", NewYork).Take(50).Select(d => d.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)));

    [Fact]
    public void Leap_days_and_the_ends_of_months_are_left_out_where_there_are_none()
    {
        Assert.Equal(["2024-02-29", "2028-02-29", "2032-02-29"], Days("FREQ=YEARLY;COUNT=3", "2024-02-29 10:00", "UTC").Select(d => $"{d:yyyy-MM-dd}"));
        Assert.Equal(["2026-01-31", "2026-03-31", "2026-05-31"], Days("FREQ=MONTHLY;COUNT=3", "2026-01-31 10:00", "UTC").Select(d => $"{d:yyyy-MM-dd}"));
        Assert.Single(Days("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31", "2026-01-31 10:00", "UTC"));
    }

    [Fact]
    public void A_rule_can_name_several_times_of_a_day() =>
        Assert.Equal(["1997-09-02T13:00", "1997-09-02T16:30", "1997-09-03T12:30", "1997-09-03T16:30", "1997-09-04T12:30"],
            Of("FREQ=DAILY;BYHOUR=8,12;BYMINUTE=30;BYSECOND=0;COUNT=5", "1997-09-02 09:00", NewYork).Select(m => m.ToString("yyyy-MM-dd'T'HH:mm", CultureInfo.InvariantCulture)));

    /// <summary>Samoa left out 30 December 2011.</summary>
    [Fact]
    public void A_day_that_a_place_left_out_has_no_occurrence() =>
        Assert.Equal(["2011-12-29", "2011-12-31", "2012-01-01"], Days("FREQ=DAILY;COUNT=3", "2011-12-29 09:00", "Pacific/Apia").Select(d => $"{d:yyyy-MM-dd}"));

    /// <summary>Nine in the morning stays nine in the morning; what the clocks skip or tell twice comes once.</summary>
    [Theory]
    [InlineData("2026-03-28 09:00", "Europe/Berlin", "2026-03-28T08:00 2026-03-29T07:00 2026-03-30T07:00")]
    [InlineData("2026-10-24 09:00", "Europe/Berlin", "2026-10-24T07:00 2026-10-25T08:00 2026-10-26T08:00")]
    [InlineData("2026-03-28 02:30", "Europe/Berlin", "2026-03-28T01:30 2026-03-29T01:30 2026-03-30T00:30")]
    [InlineData("2026-10-24 02:30", "Europe/Berlin", "2026-10-24T00:30 2026-10-25T00:30 2026-10-26T01:30")]
    [InlineData("2026-04-04 02:15", "Australia/Lord_Howe", "2026-04-03T15:15 2026-04-04T15:45 2026-04-05T15:45")]
    [InlineData("2026-10-24 01:30", "Europe/Dublin", "2026-10-24T00:30 2026-10-25T00:30 2026-10-26T01:30")]
    [InlineData("2026-03-28 01:30", "Europe/Dublin", "2026-03-28T01:30 2026-03-29T01:30 2026-03-30T00:30")]
    [InlineData("2026-02-14 02:30", "Africa/Casablanca", "2026-02-14T01:30 2026-02-15T01:30 2026-02-16T02:30")]
    [InlineData("2026-03-28 09:00", "W. Europe Standard Time", "2026-03-28T08:00 2026-03-29T07:00 2026-03-30T07:00")]
    [InlineData("2026-10-03 02:15", "Australia/Lord_Howe", "2026-10-02T15:45 2026-10-03T15:45 2026-10-04T15:15")]
    public void The_clocks_may_change(string start, string zone, string moments) =>
        Assert.Equal(moments.Split(' '), Of("FREQ=DAILY;COUNT=3", start, zone).Select(m => m.ToString("yyyy-MM-dd'T'HH:mm", CultureInfo.InvariantCulture)));

    /// <summary>Against a reference that looks at every single day and asks whether the rule names it.</summary>
    [Fact]
    public void Any_rule_names_the_days_that_a_reference_finds() => Prop.ForAll(
        ArbMap.Default.ArbFor<(byte Frequency, byte Interval, byte Days, byte Ordinals, byte MonthDays)>(), ArbMap.Default.ArbFor<(byte Months, byte Positions, byte WeekStart, byte Start, bool Until)>(), (a, b) =>
    {
        var start = new DateOnly(2023, 12, 20).AddDays(b.Start * 3);
        if (Rule(a, b, start) is not { } rule)
            return true;
        var parsed = RuleText.Parse(rule);
        var end = start.AddDays(1500);
        var found = Days(rule, $"{start:yyyy-MM-dd} 09:00", "UTC").TakeWhile(d => d < end).ToList();
        var expected = Reference(parsed, start, end).ToList();
        return found.SequenceEqual(expected) ? true : throw new InvalidOperationException($"{rule} from {start:O}: {string.Join(' ', found.Take(8))} instead of {string.Join(' ', expected.Take(8))}");
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));

    [Theory]
    [InlineData("", "FREQ")]
    [InlineData("FREQ=HOURLY", "FREQ")]
    [InlineData("FREQ=1", "FREQ")]
    [InlineData("FREQ=+3", "FREQ")]
    [InlineData("FREQ=DAILY,WEEKLY", "FREQ")]
    [InlineData("FREQ= DAILY", "FREQ")]
    [InlineData("INTERVAL=2", "FREQ")]
    [InlineData("FREQ=DAILY;INTERVAL=0", "INTERVAL")]
    [InlineData("FREQ=DAILY;COUNT=0", "COUNT")]
    [InlineData("FREQ=DAILY;COUNT=99999999999999999999", "COUNT")]
    [InlineData("FREQ=DAILY;COUNT=2;UNTIL=20260101", "COUNT or UNTIL")]
    [InlineData("FREQ=DAILY;UNTIL=tomorrow", "UNTIL")]
    [InlineData("FREQ=WEEKLY;BYDAY=XX", "BYDAY=XX")]
    [InlineData("FREQ=WEEKLY;BYDAY=1MO", "MONTHLY")]
    [InlineData("FREQ=MONTHLY;BYDAY=0MO", "BYDAY")]
    [InlineData("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY")]
    [InlineData("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY")]
    [InlineData("FREQ=DAILY;BYHOUR=24", "BYHOUR")]
    [InlineData("FREQ=DAILY;BYHOUR=9,10,11,12,13;BYMINUTE=0,10,20,30,40", "24 times")]
    [InlineData("FREQ=MONTHLY;BYWEEKNO=20", "BYWEEKNO")]
    [InlineData("FREQ=WEEKLY;BYYEARDAY=20", "BYYEARDAY")]
    [InlineData("FREQ=YEARLY;BYWEEKNO=20;BYDAY=1MO", "BYWEEKNO")]
    [InlineData("FREQ=YEARLY;BYDAY=54MO", "BYDAY")]
    [InlineData("FREQ=DAILY;UNTIL=", "UNTIL")]
    [InlineData("FREQ=DAILY;UNTIL=20261340T000000Z", "UNTIL")]
    [InlineData("FREQ=DAILY;INTERVAL=1001", "INTERVAL")]
    [InlineData("FREQ=DAILY;X-A=1", "X-A")]
    [InlineData(";FREQ=DAILY", "part")]
    [InlineData("FREQ=DAILY;FREQ=DAILY", "twice")]
    [InlineData("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS")]
    public void What_is_wrong_with_a_rule_is_said(string rule, string said) => Assert.Contains(said, Assert.Throws<FormatException>(() => RuleText.Parse(rule)).Message);

    private static IEnumerable<DateTimeOffset> Of(string rule, string start, string zone)
    {
        var place = Zones.Get(zone);
        return Occurrences.Of(RuleText.Parse(rule), Zones.Moment(DateTime.Parse(start, CultureInfo.InvariantCulture), place), place);
    }

    private static IEnumerable<DateOnly> Days(string rule, string start, string zone) =>
        Of(rule, start, zone).Select(m => DateOnly.FromDateTime(Zones.Local(m, Zones.Get(zone))));

    private static string? Rule((byte Frequency, byte Interval, byte Days, byte Ordinals, byte MonthDays) a, (byte Months, byte Positions, byte WeekStart, byte Start, bool Until) b, DateOnly start)
    {
        string[] names = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
        var frequency = FrequencyType.Daily + (a.Frequency % 4);
        var numbered = a.Ordinals % 3 == 0 && frequency is FrequencyType.Monthly or FrequencyType.Yearly;
        var days = names.Where((_, i) => (a.Days >> i) % 2 == 1).Select(d => numbered ? $"{(a.Ordinals % 2 == 0 ? 1 : -1) * ((a.Ordinals % 5) + 1)}{d}" : d).ToList();
        var months = Enumerable.Range(1, 8).Where(i => (b.Months >> (i - 1)) % 2 == 1).ToList();
        var monthDays = a.MonthDays % 4 == 0 && frequency != FrequencyType.Weekly ? new[] { (a.MonthDays % 31) + 1, -((a.MonthDays % 7) + 1) } : [];
        if (b.Months % 3 == 0)
            months = [];
        // Numbered days of a year are in the examples.
        if (frequency == FrequencyType.Yearly && months.Count == 0 && numbered)
            days = [];
        var positions = b.Positions % 4 == 0 && frequency != FrequencyType.Daily && (days.Count > 0 || monthDays.Length > 0) ? new[] { (b.Positions % 3) + 1, -((b.Positions % 5) + 1) } : [];
        return $"FREQ={frequency.ToString().ToUpperInvariant()};INTERVAL={(a.Interval % 5) + 1};WKST={names[b.WeekStart % 7]}"
            + (days.Count > 0 ? $";BYDAY={string.Join(',', days)}" : "") + (months.Count > 0 ? $";BYMONTH={string.Join(',', months)}" : "")
            + (monthDays.Length > 0 ? $";BYMONTHDAY={string.Join(',', monthDays)}" : "") + (positions.Length > 0 ? $";BYSETPOS={string.Join(',', positions)}" : "")
            + (b.Until ? $";UNTIL={start.AddDays(400):yyyyMMdd}" : "");
    }

    private static IEnumerable<DateOnly> Reference(RecurrenceRule rule, DateOnly start, DateOnly end)
    {
        var from = new DateOnly(start.Year, 1, 1).AddDays(-7);
        var named = Enumerable.Range(0, end.DayNumber - from.DayNumber + 366).Select(from.AddDays).Where(d => Period(rule, start, d) % rule.Interval == 0 && IsNamed(rule, start, d));
        if (rule.BySetPosition.Count > 0)
            named = named.GroupBy(d => Period(rule, start, d)).SelectMany(p =>
            {
                var days = p.Order().ToList();
                return rule.BySetPosition.Select(n => n > 0 ? n - 1 : days.Count + n).Where(i => i >= 0 && i < days.Count).Distinct().Select(i => days[i]);
            });
        return named.Where(d => d > start && d < end && (rule.Until is null || d <= DateOnly.FromDateTime(rule.Until.Value))).Append(start).Order();
    }

    private static int Period(RecurrenceRule rule, DateOnly start, DateOnly day) => rule.Frequency switch
    {
        FrequencyType.Daily => day.DayNumber - start.DayNumber,
        FrequencyType.Weekly => (WeekOf(day, rule.FirstDayOfWeek) - WeekOf(start, rule.FirstDayOfWeek)) / 7,
        FrequencyType.Monthly => (12 * (day.Year - start.Year)) + day.Month - start.Month,
        _ => day.Year - start.Year,
    };

    /// <summary>The number of the first day of a day's week.</summary>
    private static int WeekOf(DateOnly day, DayOfWeek first)
    {
        while (day.DayOfWeek != first)
            day = day.AddDays(-1);
        return day.DayNumber;
    }

    private static bool IsNamed(RecurrenceRule rule, DateOnly start, DateOnly day)
    {
        var fromEnd = DateTime.DaysInMonth(day.Year, day.Month) - day.Day + 1;
        if (rule.ByMonth.Count > 0 && !rule.ByMonth.Contains(day.Month))
            return false;
        if (rule.ByMonth.Count == 0 && rule.Frequency == FrequencyType.Yearly && rule.ByMonthDay.Count == 0 && rule.ByDay.Count == 0 && day.Month != start.Month)
            return false;
        if (rule.ByMonthDay.Count > 0 && !rule.ByMonthDay.Any(n => n == day.Day || n == -fromEnd))
            return false;
        if (rule.ByDay.Count > 0)
            return rule.ByDay.Any(r => r.DayOfWeek == day.DayOfWeek && (r.Offset is null || r.Offset == 1 + ((day.Day - 1) / 7) || r.Offset == -(1 + ((fromEnd - 1) / 7))));
        return rule.ByMonthDay.Count > 0 || rule.Frequency switch
        {
            FrequencyType.Daily => true,
            FrequencyType.Weekly => day.DayOfWeek == start.DayOfWeek,
            _ => day.Day == start.Day,
        };
    }
}
